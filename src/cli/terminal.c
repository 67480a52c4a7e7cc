#include <sys/ioctl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/terminal.h"

#define ASK_TRIES	3
#define ARMOUR_BEGIN	"-----BEGIN "
#define ARMOUR_END	"-----END "

static const int held[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

static volatile sig_atomic_t signalled;

static void
note_signal(int signo)
{
	(void)signo;
	signalled = 1;
}

static void
hold_signals(struct terminal *t)
{
	struct sigaction action = { .sa_handler = note_signal };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	sigemptyset(&action.sa_mask);
	for (i = 0; i < sizeof(held) / sizeof(held[0]); i++)
		sigaddset(&set, held[i]);
	sigprocmask(SIG_BLOCK, &set, &t->old_mask);
	for (i = 0; i < sizeof(held) / sizeof(held[0]); i++) {
		sigaction(held[i], &action, &t->old[i]);
		sigdelset(&t->old_mask, held[i]);
	}
}

bool
terminal_open(struct terminal *ret)
{
	struct terminal t = { .in = STDIN_FILENO,
		.out = STDERR_FILENO,
		.own = -1 };

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
		t.own = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (t.own < 0)
			return false;
		t.in = t.out = t.own;
	}
	signalled = 0;
	hold_signals(&t);
	*ret = t;
	return true;
}

void
terminal_close(struct terminal *t)
{
	struct timespec now = { 0 };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(held) / sizeof(held[0]); i++)
		sigaddset(&set, held[i]);
	/* One that came after the last wait has had its effect already. */
	while (t->interrupted && sigtimedwait(&set, NULL, &now) > 0)
		;
	for (i = 0; i < sizeof(held) / sizeof(held[0]); i++)
		sigaction(held[i], &t->old[i], NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	if (t->own >= 0)
		close(t->own);
	t->own = -1;
}

static void
write_all(int fd, const char *text)
{
	size_t len = strlen(text);
	ssize_t n;

	while (len > 0) {
		n = write(fd, text, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

void
terminal_print(struct terminal *t, const char *fmt, ...)
{
	char text[TERMINAL_LINE_SIZE], clean[4 * TERMINAL_LINE_SIZE];
	char *line, *rest = text;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	while ((line = strsep(&rest, "\n")) != NULL) {
		text_sanitise(clean, sizeof(clean), line);
		write_all(t->out, clean);
		if (rest != NULL)
			write_all(t->out, "\n");
	}
	explicit_bzero(text, sizeof(text));
	explicit_bzero(clean, sizeof(clean));
}

/* 1: there is something to read. 0: the time is up. -1: the person gave up. */
static int
wait_for(struct terminal *t, int fd, const struct timespec *timeout)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int n;

	n = ppoll(&pfd, 1, timeout, &t->old_mask);
	if (signalled || (n < 0 && errno != EINTR)) {
		t->interrupted = true;
		return -1;
	}
	return n > 0 ? 1 : 0;
}

static int
wait_for_input(struct terminal *t, const struct timespec *timeout)
{
	return wait_for(t, t->in, timeout);
}

/* Reads to the end of the line; one that does not fit is dropped whole. */
static bool
read_line(struct terminal *t, struct secret_text *line, bool *ret_fits)
{
	size_t len = 0;
	ssize_t n;
	char c;

	*ret_fits = true;
	for (;;) {
		if (wait_for_input(t, NULL) < 0)
			return false;
		n = read(t->in, &c, 1);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0) {
			t->interrupted = true;
			return false;
		}
		if (c == '\n')
			break;
		if (c == '\0' || len + 1 >= TERMINAL_LINE_SIZE)
			*ret_fits = false;
		else
			line->text[len++] = c;
	}
	line->text[len] = '\0';
	c = '\0';
	return true;
}

static bool
begins(const struct secret_text *line, const char *with)
{
	return strncmp(line->text, with, strlen(with)) == 0;
}

/* Appends LINE without white space; false where it does not fit. */
static bool
append(const struct secret_text *line, struct secret_text *to, size_t *len)
{
	const char *c;

	for (c = line->text; *c != '\0'; c++) {
		if (strchr(" \t\r", *c) != NULL)
			continue;
		if (*len + 1 >= TERMINAL_LINE_SIZE)
			return false;
		to->text[(*len)++] = *c;
	}
	return true;
}

/* What follows the first line of armour, up to its last line, as one line. */
static bool
read_armour(struct terminal *t, struct secret_text *ret, bool *ret_fits)
{
	_cleanup_(secret_text_wipe) struct secret_text line = { "" };
	bool fits, all_fit = true;
	size_t len = 0;

	for (;;) {
		if (!read_line(t, &line, &fits))
			return false;
		if (begins(&line, ARMOUR_END))
			break;
		all_fit = fits && append(&line, ret, &len) && all_fit;
	}
	ret->text[len] = '\0';
	*ret_fits = all_fit;
	return true;
}

/* Sets the terminal for one question; *ret_old is what to go back to. */
static bool
set_mode(struct terminal *t, enum terminal_echo echo, struct termios *ret_old)
{
	struct termios mode;

	if (tcgetattr(t->in, ret_old) < 0)
		return false;
	mode = *ret_old;
	mode.c_lflag |= ICANON | ISIG | ECHO;
	if (echo == ECHO_OFF)
		mode.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
	return tcsetattr(t->in, TCSADRAIN, &mode) == 0;
}

static bool
ask(struct terminal *t, const char *prompt, enum terminal_echo echo,
    bool pasted, struct secret_text *ret_line)
{
	struct termios old;
	bool got, fits = false;
	unsigned tries;

	if (t->interrupted || !set_mode(t, echo, &old))
		return false;
	for (tries = 0; tries < ASK_TRIES; tries++) {
		terminal_print(t, "%s", prompt);
		got = read_line(t, ret_line, &fits);
		if (got && pasted && begins(ret_line, ARMOUR_BEGIN))
			got = read_armour(t, ret_line, &fits);
		if (echo == ECHO_OFF || !got)
			terminal_print(t, "\n");
		if (!got || fits)
			break;
		terminal_print(t, "That is too long.\n");
	}
	tcsetattr(t->in, TCSADRAIN, &old);
	return got && fits;
}

bool
terminal_ask(struct terminal *t, const char *prompt, enum terminal_echo echo,
    struct secret_text *ret_line)
{
	return ask(t, prompt, echo, false, ret_line);
}

bool
terminal_ask_pasted(struct terminal *t, const char *prompt,
    struct secret_text *ret_line)
{
	return ask(t, prompt, ECHO_OFF, true, ret_line);
}

static int64_t
monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool
terminal_wait(struct terminal *t, int fd, int64_t timeout_ms)
{
	int64_t left, end = monotonic_ms() + timeout_ms;
	struct timespec wait;
	int got = t->interrupted ? -1 : 0;

	while (got == 0 && (left = end - monotonic_ms()) > 0) {
		wait = (struct timespec){ left / 1000, left % 1000 * 1000000 };
		got = wait_for(t, fd, &wait);
	}
	return got >= 0;
}

void
terminal_forget(struct terminal *t)
{
	(void)tcflush(t->in, TCIFLUSH);
}

/* Shows the time that is left, and waits until a second of it is over. */
static int
count_second(struct terminal *t, const char *text, int64_t left_ms)
{
	struct timespec wait;
	char line[256];
	int64_t ms;

	ms = left_ms % 1000 == 0 ? 1000 : left_ms % 1000;
	(void)snprintf(line, sizeof(line), "\r\033[K%s: %lld s ", text,
	    (long long)(left_ms + 999) / 1000);
	write_all(t->out, line);
	wait = (struct timespec){ ms / 1000, (ms % 1000) * 1000000 };
	return wait_for_input(t, &wait);
}

bool
terminal_countdown(struct terminal *t, const char *text, unsigned seconds,
    struct secret_text *ret_line)
{
	int64_t left, end = monotonic_ms() + (int64_t)seconds * 1000;
	struct termios old;
	bool fits = true;
	int got = 0;

	ret_line->text[0] = '\0';
	if (t->interrupted || !set_mode(t, ECHO_OFF, &old))
		return false;
	while (got == 0 && (left = end - monotonic_ms()) > 0)
		got = count_second(t, text, left);
	if (got > 0 && !read_line(t, ret_line, &fits))
		got = -1;
	if (!fits)
		ret_line->text[0] = '\0';
	write_all(t->out, "\r\033[K");
	tcsetattr(t->in, TCSADRAIN, &old);
	return got >= 0;
}
