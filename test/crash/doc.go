// Package crash ends the real server by kill -9 while it works, again and
// again, and looks whether everything that it had acknowledged is still there.
package crash
