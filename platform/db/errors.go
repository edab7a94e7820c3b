package db

import (
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// NoRows reports that a single row was asked for and there is none.
func NoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// Unique reports that a row with the same key is already there.
func Unique(err error) bool {
	return sqliteCode(err) == sqlite3.SQLITE_CONSTRAINT_UNIQUE || sqliteCode(err) == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY ||
		postgresCode(err) == "23505"
}

// ForeignKey reports that a row points to one that is not there.
func ForeignKey(err error) bool {
	return sqliteCode(err) == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY || postgresCode(err) == "23503"
}

// Full reports that the storage has no room left.
func Full(err error) bool {
	code := sqliteCode(err)
	return code&0xff == sqlite3.SQLITE_FULL || code == sqlite3.SQLITE_IOERR_WRITE || code == sqlite3.SQLITE_IOERR_SHMSIZE ||
		postgresCode(err) == "53100"
}

// endsTransaction reports the errors that can end a SQLite transaction.
func endsTransaction(err error) bool {
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_INTERRUPT:
		return true
	}
	return false
}

// Busy reports that the database is locked, overloaded or cannot be reached.
func Busy(err error) bool {
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return true
	}
	switch code := postgresCode(err); {
	case code == "":
	case code[:2] == "08", code[:2] == "57", code == "53300", code == "55P03":
		return true
	}
	var connect *pgconn.ConnectError
	return errors.As(err, &connect)
}

// collided reports a serialization failure or deadlock, after which the
// closure is run again.
func collided(err error) bool {
	code := postgresCode(err)
	return code == "40001" || code == "40P01"
}

func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

func postgresCode(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
