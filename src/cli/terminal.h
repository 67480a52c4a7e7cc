/*
 * Asking the person at the terminal. Ctrl-C, end of file and a hang-up are an
 * answer like any other; the terminal is left as it was found.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

#include "base/cleanup.h"
#include "base/secret.h"

#define TERMINAL_LINE_SIZE	1024

struct terminal {
	int		in;
	int		out;
	int		own;		/* /dev/tty, or -1 */
	bool		interrupted;	/* a signal came, or end of file */
	sigset_t	old_mask;	/* signals while waiting */
	struct sigaction old[4];
};

enum terminal_echo { ECHO_ON, ECHO_OFF };

/*
 * Takes the terminal: the one that standard input and error are, else /dev/tty.
 * From here to terminal_close() SIGINT, SIGTERM, SIGHUP and SIGQUIT are held
 * back and only end the waits below. False where there is no terminal.
 */
bool	terminal_open(struct terminal *ret) _must_check_;
/* Gives it back. */
void	terminal_close(struct terminal *terminal);

/*
 * Prints PROMPT and reads a line without its end into RET_LINE. False where the
 * person gave up, or the line is too long (asks again, at most three times).
 */
bool	terminal_ask(struct terminal *terminal, const char *prompt,
	    enum terminal_echo echo, struct secret_text *ret_line)
	    _must_check_;

/*
 * The same without echo, for an answer that may be pasted as several lines:
 * armour ("-----BEGIN ...") is read to its last line, and what it holds is one
 * line in RET_LINE, without it and without line ends.
 */
bool	terminal_ask_pasted(struct terminal *terminal, const char *prompt,
	    struct secret_text *ret_line) _must_check_;

/*
 * Counts SECONDS down on a line of its own ("TEXT: 17 s"), which is cleared at
 * the end. A line typed meanwhile ends it, and is in RET_LINE, else "".
 * False where the person gave up.
 */
bool	terminal_countdown(struct terminal *terminal, const char *text,
	    unsigned seconds, struct secret_text *ret_line) _must_check_;

/*
 * Waits at most TIMEOUT_MS until there is something to read on FD, which is not
 * the terminal's. False where the person gave up; true else, in time or not.
 */
bool	terminal_wait(struct terminal *terminal, int fd, int64_t timeout_ms)
	    _must_check_;

/* Drops what was typed and not read yet. */
void	terminal_forget(struct terminal *terminal);

/* Prints, sanitised; no new line is added. */
void	terminal_print(struct terminal *terminal, const char *fmt, ...)
	    _printf_(2, 3);

#endif
