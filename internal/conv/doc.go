// Package conv holds the converters (configuration.txt 7.3.1) as rows, in files by what they work on.
//
//	numbers      number.go, hash.go, proxies.go
//	strings      text.go, part.go, url.go, regsub.go
//	bytes        binary.go, base64.go, decimal.go, digest.go
//	dates        date.go, strftime.go
//	addresses    address.go
//	the stream   variable.go, capture.go, when.go, debug.go
//	formats      json*.go, jwt*.go, jwe*.go, aes.go, protobuf.go, mqtt*.go, fix.go, forwarded.go, language.go
//	packets      ethernet.go, ip.go, tcp.go
//
// What all of them share (arguments that may be variables, the size that a result may have) is in operand.go. Each
// converter has its cases in testdata/<name>.txt.
package conv

import (
	"slices"

	"sluice/internal/sample"
)

// Rows returns all converters.
func Rows() []sample.Conv {
	return slices.Concat(textRows(), partRows(), urlRows(), regsubRows(), numberRows(), hashRows(), proxyRows(),
		binaryRows(), base64Rows(), decimalRows(), digestRows(), dateRows(), addressRows(), variableRows(), captureRows(),
		whenRows(), debugRows(), jsonRows(), jwtRows(), aesRows(), protobufRows(), mqttRows(), fixRows(), ethernetRows(), ipRows(), tcpRows(),
		forwardedRows(), languageRows(), mapRows(), tableRows())
}
