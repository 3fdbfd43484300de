package config

import (
	"strings"
	"testing"
)

// conditions are expressions, what they yield as an exit status of -cc, and for 2 the place and the text of the error.
// The texts are those of HAProxy 3.5.
var conditions = []struct {
	text   string
	status int
	col    int
	wrong  string
}{
	{"", 1, 0, ""}, {"0", 1, 0, ""}, {"1", 0, 0, ""}, {"-1", 0, 0, ""}, {"+1", 0, 0, ""}, {"01", 0, 0, ""}, {"0x1", 0, 0, ""},
	{"00", 1, 0, ""}, {"-0", 1, 0, ""}, {"2147483648", 0, 0, ""}, {"99999999999999999999", 0, 0, ""}, {" 1 ", 0, 0, ""},
	{"!0", 0, 0, ""}, {"!!1", 0, 0, ""}, {"! 1", 1, 0, ""}, {"!!!0", 0, 0, ""}, {"!-1", 1, 0, ""},
	{"(1)", 0, 0, ""}, {"((1))", 0, 0, ""}, {"(!(1))", 1, 0, ""}, {"(0)||(1)", 0, 0, ""},
	{"1&&0", 1, 0, ""}, {"1 && 1 && 0", 1, 0, ""}, {"0||1", 0, 0, ""}, {"0 && 1 || 1", 0, 0, ""}, {"1 || 1 && 0", 0, 0, ""},
	{"1&&!0&&!((streq(a,b)||!streq(a,a)&&1)||strneq(a,a))", 0, 0, ""},
	{"1 && !0 && !((streq(a,b) || !streq(a,a) && 1) || strneq(a,b))", 1, 0, ""},
	{"streq(a,a)", 0, 0, ""}, {"streq(a, a)", 1, 0, ""}, {"streq(,)", 0, 0, ""}, {"streq(a,)", 1, 0, ""},
	{"strneq(a,b)", 0, 0, ""}, {"strstr(abc,b)", 0, 0, ""}, {"strstr(abc,)", 0, 0, ""}, {"strstr(b,abc)", 1, 0, ""},
	{`streq("a,b)",'a,b)')`, 0, 0, ""}, {`streq(a\nb,"a\nb")`, 0, 0, ""}, {`streq(a\x41,aA)`, 1, 0, ""},
	{`streq(a\x41,"a\\x41")`, 0, 0, ""}, {`streq(a\#,"a\\#")`, 0, 0, ""}, {`streq("a\$",a\$)`, 0, 0, ""},
	{`streq(a\z,a\\z)`, 0, 0, ""}, {`streq(a\ b,"a b")`, 0, 0, ""}, {`streq(a"b"c,abc)`, 0, 0, ""}, {`streq($HOME,/root)`, 1, 0, ""},
	{"defined(HERE)", 0, 0, ""}, {"defined(NOPE)", 1, 0, ""}, {"defined()", 1, 0, ""}, {"defined", 1, 0, ""}, {`defined("HERE")`, 0, 0, ""},
	{"feature(OPENSSL)", 0, 0, ""}, {"feature(openssl)", 1, 0, ""}, {"feature(NOPE)", 1, 0, ""}, {"feature()", 1, 0, ""},
	{"enabled(EPOLL)", 0, 0, ""}, {"enabled(KQUEUE)", 1, 0, ""}, {"fips_mode()", 1, 0, ""}, {"fips_mode", 1, 0, ""},
	{"version_atleast(2.4)", 0, 0, ""}, {"version_atleast(3.5)", 1, 0, ""}, {"version_atleast(3.5-dev5)", 0, 0, ""},
	{"version_atleast(3.5-dev6)", 1, 0, ""}, {"version_before(3.5)", 0, 0, ""}, {"version_before(3.5.0)", 0, 0, ""},
	{"version_before(3.5-dev5-1)", 0, 0, ""}, {"version_atleast(3.5-dev5-0)", 0, 0, ""}, {"version_atleast(3.5-dev4-100)", 0, 0, ""},
	{"version_atleast(3.5-dev5-50872daa6)", 0, 0, ""}, {"version_before(3.5-dev5-50872daa6-3)", 0, 0, ""}, {"version_atleast(foo)", 0, 0, ""}, {"version_atleast(3)", 0, 0, ""},
	{"version_before(1024)", 0, 0, ""}, {"version_atleast(2.4-dev19)", 0, 0, ""}, {"version_before(3.5-rc1)", 0, 0, ""}, {"version_before(3.5-pre1)", 0, 0, ""},
	{"openssl_version_atleast(1.1.1k)", 0, 0, ""}, {"openssl_version_atleast(3.0.0-beta1)", 0, 0, ""}, {"openssl_version_before(3.0.99)", 0, 0, ""},
	{"openssl_version_before(3.0.0)", 1, 0, ""}, {"ssllib_name_startswith(Open)", 0, 0, ""}, {"ssllib_name_startswith(open)", 1, 0, ""},
	{"1 || openssl_version_atleast(x)", 0, 0, ""}, {"0 && openssl_version_atleast(x)", 1, 0, ""},

	{"200rrr", 2, 4, "unexpected character 'r' at the end of conditional expression '200rrr'"},
	{"0x", 2, 2, "unexpected character 'x' at the end of conditional expression '0x'"},
	{"08", 2, 2, "unexpected character '8' at the end of conditional expression '08'"},
	{"!(0))", 2, 5, "unexpected character ')' at the end of conditional expression '!(0))'"},
	{"1 2", 2, 3, "unexpected character '2' at the end of conditional expression '1 2'"},
	{"1|1", 2, 2, "unexpected character '|' at the end of conditional expression '1|1'"},
	{"!1 2", 2, 4, "unexpected character '2' at the end of conditional expression '!1 2'"},
	{"streq(a,b) c", 2, 12, "unexpected character 'c' at the end of conditional expression 'streq(a,b) c'"},
	{"feature OPENSSL", 2, 9, "unexpected character 'O' at the end of conditional expression 'feature OPENSSL'"},
	{"fips_mode()x", 2, 12, "unexpected character 'x' at the end of conditional expression 'fips_mode()x'"},
	{"!", 2, 1, "unparsable conditional expression '!'"},
	{"!!", 2, 1, "unparsable conditional expression '!!'"},
	{"()", 2, 2, "unparsable conditional expression ')'"},
	{"(", 2, 1, "unparsable conditional expression '('"},
	{"((", 2, 2, "unparsable conditional expression '('"},
	{"!(", 2, 1, "unparsable conditional expression '!('"},
	{"foo", 2, 1, "unparsable conditional expression 'foo'"},
	{"1 && (foo)", 2, 7, "unparsable conditional expression 'foo)'"},
	{"definedx", 2, 1, "unparsable conditional expression 'definedx'"},
	{"- 1", 2, 1, "unparsable conditional expression '- 1'"},
	{"1&&", 2, 2, "unparsable conditional expression '&&'"},
	{"1&&1&&", 2, 2, "unparsable conditional expression '&&1&&'"},
	{"(1&&", 2, 3, "unparsable conditional expression '&&'"},
	{"1||1&&", 2, 5, "unparsable conditional expression '&&'"},
	{"1||", 2, 2, "unparsable conditional expression '1||'"},
	{"0||1||", 2, 2, "unparsable conditional expression '0||1||'"},
	{"(1||", 2, 1, "unparsable conditional expression '(1||'"},
	{"(0 && 1||", 2, 1, "unparsable conditional expression '(0 && 1||'"},
	{"1||(0||", 2, 4, "unparsable conditional expression '(0||'"},
	{"1 && 0 ||", 2, 8, "unparsable conditional expression '1 && 0 ||'"},
	{"1 || ! x", 2, 6, "unparsable conditional expression '! x'"},
	{"1 &&& 1", 2, 5, "unparsable conditional expression '& 1'"},
	{"&&1", 2, 1, "unparsable conditional expression '&&1'"},
	{"(1", 2, 1, "expected ')' after conditional expression '(1'"},
	{"!((1)", 2, 1, "expected ')' after conditional expression '!((1)'"},
	{"(1 2)", 2, 1, "expected ')' after conditional expression '(1 2)'"},
	{"streq", 2, 6, "missing arguments (got 1/2), type 'string' expected in argument 1 of predicate 'streq' used in conditional expression"},
	{"streq()", 2, 7, "missing arguments (got 1/2), type 'string' expected in argument 1 of predicate 'streq' used in conditional expression"},
	{"streq(a", 2, 8, "missing arguments (got 1/2), type 'string' expected in argument 1 of predicate 'streq' used in conditional expression"},
	{`streq("a"",a)`, 2, 14, "missing arguments (got 1/2), type 'string' expected in argument 1 of predicate 'streq' used in conditional expression"},
	{"1 && streq(a) && 0", 2, 13, "missing arguments (got 1/2), type 'string' expected in argument 1 of predicate 'streq' used in conditional expression"},
	{"streq(a,b,c)", 2, 10, "expected ')' before ',c)' in argument 1 of predicate 'streq' used in conditional expression"},
	{`streq(a\,b,x)`, 2, 11, "expected ')' before ',x)' in argument 1 of predicate 'streq' used in conditional expression"},
	{"fips_mode(x)", 2, 11, "expected ')' before 'x)' in argument 0 of predicate 'fips_mode' used in conditional expression"},
	{"feature(a", 2, 10, "expected ')' in argument 1 of predicate 'feature' used in conditional expression"},
	{"openssl_version_atleast(3.0)", 2, 29, "invalid argument to conditional expression predicate 'openssl_version_atleast': '3.0'"},
	{"0 || openssl_version_atleast(x)", 2, 32, "invalid argument to conditional expression predicate 'openssl_version_atleast': 'x'"},
	{"openssl_version_atleast", 2, 24, "invalid argument to conditional expression predicate 'openssl_version_atleast': ''"},
	{"awslc_api_before(1) || 1", 2, 25, "invalid argument to conditional expression predicate 'awslc_api_before': '1'"},
}

func testFacts() *Facts {
	return &Facts{Version: "3.5-dev5-50872daa6", Features: []string{"EPOLL", "OPENSSL"}, Enabled: []string{"EPOLL", "SPLICE"},
		SSLLibrary: "OpenSSL 3.0.22 25 Aug 2026", OpenSSLVersion: "3.0.22"}
}

func TestConditions(t *testing.T) {
	env := NewEnv([]string{"HERE="})
	for _, c := range conditions {
		yes, err := EvalCondition(c.text, testFacts(), env)
		status := 1
		switch {
		case err != nil:
			status = 2
			if err.Text != c.wrong || err.Col != c.col {
				t.Errorf("%q: %d %q, want %d %q", c.text, err.Col, err.Text, c.col, c.wrong)
			}
		case yes:
			status = 0
		}
		if status != c.status {
			t.Errorf("%q: status %d, want %d (%v)", c.text, status, c.status, err)
		}
	}
}

func TestDeepConditionsEnd(t *testing.T) {
	n := 1000
	if yes, err := EvalCondition(strings.Repeat("(", n)+"1"+strings.Repeat(")", n), testFacts(), NewEnv(nil)); !yes || err != nil {
		t.Errorf("%d parentheses: %v", n, err)
	}
	if _, err := EvalCondition(strings.Repeat("(", 1<<20), testFacts(), NewEnv(nil)); err == nil {
		t.Error("a million parentheses are accepted")
	}
	if yes, err := EvalCondition(strings.Repeat("1&&", 100000)+"1", testFacts(), NewEnv(nil)); !yes || err != nil {
		t.Errorf("a long condition: %v", err)
	}
}

func TestPredicatesOfAWSLC(t *testing.T) {
	f := &Facts{AWSLCAPI: 35, FIPS: true}
	for text, want := range map[string]bool{"awslc_api_atleast(35)": true, "awslc_api_atleast(36)": false, "awslc_api_before(36)": true, "fips_mode()": true} {
		if yes, err := EvalCondition(text, f, NewEnv(nil)); yes != want || err != nil {
			t.Errorf("%s: %v %v", text, yes, err)
		}
	}
}

func TestTheArgumentOfTheCommandLine(t *testing.T) {
	env := NewEnv([]string{"HERE=/root", "TWO=1 2"})
	for text, want := range map[string]string{
		`streq("$HERE",/root)`: "true", `streq('$HERE',/root)`: "false", `streq("foo bar",'foo bar')`: "true", `streq(\x41,A)`: "true",
		`1   &&!   0`: "true", ``: "false", `"1"`: "true", `"" 1`: "true", `'streq("a,b)",'"'"'a,b)'"'"')'`: "true",
		`1 # foo`:     "Failed to evaluate condition: unexpected character '#' at the end of conditional expression '1 # foo'",
		`1#`:          "Failed to evaluate condition: unexpected character '#' at the end of conditional expression '1#'",
		`"$TWO"`:      "Failed to evaluate condition: unexpected character '2' at the end of conditional expression '1 2'",
		`streq(a,"a)`: "Syntax Error in condition: unmatched quote at position 9.",
		`\xzz`:        "Syntax Error in condition: truncated or invalid hexadecimal sequence at position 1.",
		`a "${NOPE"`:  "Syntax Error in condition: unmatched brace in environment variable name at position 5.",
	} {
		yes, err := EvalArgument(text, testFacts(), env)
		got := map[bool]string{true: "true", false: "false"}[yes]
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
