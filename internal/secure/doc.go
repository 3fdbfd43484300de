// Package secure makes TLS of what the configuration says (configuration.txt 5.1 and 5.2): policies, certificates and
// the names they are chosen by, and the verification of the peer. It is a room of the language, so that a certificate
// which cannot be used is found while the configuration is read. The handshakes themselves are those of crypto/tls.
//
//	settings.go, version.go, cipher.go, curve.go   what lines say, in OpenSSL's spelling
//	store.go, pem.go, authority.go                 files
//	list.go, names.go                              lists of certificates, and which one a client gets
//	verify.go, revoke.go, verror.go                whether a peer's certificate is good
//	front.go, back.go                              the two sides
//	wire.go, intake.go, layer.go, traffic.go       the records of a client's connection after its handshake
//	live.go, change.go, changeca.go, listchange.go what commands exchange while all of it is in use
package secure
