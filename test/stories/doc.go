// Package stories tells how the whole product and its command line behave, in
// short scripts that read like a session at a terminal. A report of a mistake
// can be pasted in as one: each *.txt here is run by its own test.
//
// Stories about the command line call gatehouse, the real binary; start, stop
// and kill run its server. Stories about the product open a house, whose clock
// they move: see commands_test.go for every command.
package stories
