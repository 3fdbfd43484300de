// Package tls drives openssl s_client against the built program: each version, suite, group and protocol, the choice of
// certificates, certificates of clients, resumption, and peers that do not speak TLS. Another program can stand in its
// place: with a HAProxy 3.5 that SLUICE names all pass but the groups of a line of a list, which OpenSSL has chosen before.
package tls
