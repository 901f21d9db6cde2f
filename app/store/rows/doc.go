// Package rows holds the protobuf forms of what package store writes, and
// nothing else. It promises that a field number keeps its meaning for ever; it
// refuses to be used by any package but store.
package rows

//go:generate protoc --go_out=. --go_opt=paths=source_relative rows.proto
