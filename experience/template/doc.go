// Package template owns the mails: one file for each, with its words as text
// and as HTML, and the facts it needs.
//
// To add a mail, copy blocked_account.go under the name of the new one. Its
// kind is what the outbox files it under; its Message goes to
// notify.Sender.Send, in the transaction of what it tells of or from a journal
// listener. Give it a sample in mail_test.go, where every mail is rendered.
//
// Promises:
//   - What a user or an application is called is shown as text, whatever it
//     holds, and cannot reach another header.
//   - A mail holds no picture, script or link that would tell that it was read.
package template
