// Command bench measures the product against its limits: a bare net/http server
// that only signs, one that only sends a constant, and the password hash alone.
// Product, limit and load are separate processes, so that each one's CPU is its
// own; product and limit take turns, so that what else the machine does reaches
// both; and the median of the turns is reported. It runs on Linux.
//
//	go run ./bench [-short] [-only NAME] [-tls]
package main
