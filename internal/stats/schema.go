package stats

// Schema is the JSON schema of what `show info json` and `show stat json` print (management.txt 9.3, show schema json),
// on one line.
const Schema = `{"$schema":"http://json-schema.org/draft-04/schema#","oneOf":[` +
	`{"title":"Info","type":"array","items":{"title":"InfoItem","type":"object","properties":{` + schemaItem +
	`},"required":["field","processNum","tags","value"]}},` +
	`{"title":"Stat","type":"array","items":{"title":"Object","type":"array","items":{"title":"StatItem","type":"object","properties":{` +
	`"objType":{"enum":["Frontend","Backend","Server","Listener"]},"proxyId":{"type":"integer","minimum":0},` +
	`"id":{"type":"integer","minimum":0},` + schemaItem +
	`},"required":["objType","proxyId","id","field","processNum","tags","value"]}}}],"definitions":{` +
	`"field":{"type":"object","properties":{"pos":{"type":"integer","minimum":0},"name":{"type":"string"}},"required":["pos","name"]},` +
	`"processNum":{"type":"integer","minimum":1},` +
	`"tags":{"type":"object","properties":{` +
	`"origin":{"enum":["Metric","Status","Key","Config","Product","Unknown"]},` +
	`"nature":{"enum":["Age","Avg","Counter","Duration","Gauge","Limit","Max","Min","Name","Output","Rate","Unknown"]},` +
	`"scope":{"enum":["Cluster","Process","Service","Unknown"]}},"required":["origin","nature","scope"]},` +
	`"typedValue":{"oneOf":[` +
	`{"type":"object","properties":{"type":{"enum":["u32"]},"value":{"type":"integer","minimum":0,"maximum":4294967295}},"required":["type","value"]},` +
	`{"type":"object","properties":{"type":{"enum":["u64"]},"value":{"type":"integer","minimum":0}},"required":["type","value"]},` +
	`{"type":"object","properties":{"type":{"enum":["s32"]},"value":{"type":"integer","minimum":-2147483648,"maximum":2147483647}},"required":["type","value"]},` +
	`{"type":"object","properties":{"type":{"enum":["flt"]},"value":{"type":"number"}},"required":["type","value"]},` +
	`{"type":"object","properties":{"type":{"enum":["str"]},"value":{"type":"string"}},"required":["type","value"]}]}}}`

// schemaItem is what the elements of both have in common.
const schemaItem = `"field":{"$ref":"#/definitions/field"},"processNum":{"$ref":"#/definitions/processNum"},` +
	`"tags":{"$ref":"#/definitions/tags"},"value":{"$ref":"#/definitions/typedValue"}`
