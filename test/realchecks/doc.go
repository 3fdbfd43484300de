// Package realchecks tries health checks on the servers that they are for: PostgreSQL, MariaDB, Redis and OpenLDAP, each
// up, frozen, gone, and refusing the user.
package realchecks
