// Package docs owns what people read: guides, decisions, the map. Its tests keep
// the pages true: quoted files are quoted as they stand, and links lead somewhere.
package docs
