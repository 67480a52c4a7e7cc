/*
 * Something in the endpoint's place that does what a script says.
 *
 *   fakepeer FOLDER [NAME]  listens on FOLDER/NAME, login.sock by default
 *   ... --one-shot          serves descriptor 3; FOLDER is where the program is
 *
 * FOLDER/script has one step a line, done for each connection; its end closes
 * the connection. What is received is added to FOLDER/seen; FOLDER/begun grows
 * once the script has been read.
 *
 *   read             reads frames up to SIGN_IN
 *   answer           reads one frame
 *   frame TYPE TEXT  sends a frame
 *   claim TYPE SIZE  sends a header alone that claims SIZE octets
 *   raw HEX          sends octets
 *   version          sends a whole sign-in in the next version of the protocol
 *   flood TYPE       sends frames until the peer is gone
 *   dribble          sends a prompt, one octet a second
 *   descriptor       passes a descriptor along with an outcome
 *   inherited        adds what the process was given to FOLDER/seen
 *   pause TENTHS     waits, in tenths of a second
 *   sleep            does not end by itself, deaf to signals too
 *   abort            dies
 */
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <dirent.h>
#include <err.h>
#include <libgen.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/frame.h"

#define LINE_SIZE	4096

extern char **environ;

static FILE *seen;

static void
send_octets(int fd, const void *data, size_t len)
{
	if (send(fd, data, len, MSG_NOSIGNAL) != (ssize_t)len)
		_exit(1);
}

static void
send_header(int fd, int version, unsigned type, size_t len)
{
	uint8_t header[WIRE_HEADER_SIZE] = { (uint8_t)version, (uint8_t)type,
		0, 0, (uint8_t)(len >> 24), (uint8_t)(len >> 16),
		(uint8_t)(len >> 8), (uint8_t)len };

	send_octets(fd, header, sizeof(header));
}

static void
send_frame(int fd, int version, unsigned type, const char *text)
{
	send_header(fd, version, type, strlen(text));
	send_octets(fd, text, strlen(text));
}

static bool
is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

static unsigned
read_frame(int fd)
{
	struct wire_frame frame = { 0 };
	struct mfa_error err;
	unsigned type;

	if (wire_receive(fd, wire_now() + 3600000, &frame, &err) != MFA_OK) {
		fprintf(seen, "end %s\n", mfa_code_name(err.code));
		fclose(seen);
		_exit(0);
	}
	fprintf(seen, "%u %s%s\n", (unsigned)frame.type, frame.payload,
	    !frame.has_fd ? "" : is_socket(frame.fd) ? " socket" : " file");
	type = frame.type;
	wire_clear(&frame);
	return type;
}

static void
step_read(int fd, const char *rest)
{
	(void)rest;
	while (read_frame(fd) != WIRE_SIGN_IN)
		continue;
}

static void
step_answer(int fd, const char *rest)
{
	(void)rest;
	(void)read_frame(fd);
}

static void
step_frame(int fd, const char *rest)
{
	char *text;
	unsigned type = (unsigned)strtoul(rest, &text, 10);

	send_frame(fd, WIRE_VERSION, type, *text == ' ' ? text + 1 : text);
}

static void
step_claim(int fd, const char *rest)
{
	char *size;
	unsigned type = (unsigned)strtoul(rest, &size, 10);

	send_header(fd, WIRE_VERSION, type, strtoul(size, NULL, 0));
}

static void
step_raw(int fd, const char *rest)
{
	unsigned octet;
	uint8_t o;

	for (; sscanf(rest, "%2x", &octet) == 1; rest += 2) {
		o = (uint8_t)octet;
		send_octets(fd, &o, 1);
	}
}

static void
step_version(int fd, const char *rest)
{
	(void)rest;
	send_frame(fd, WIRE_VERSION + 1, WIRE_OUTCOME, "Success");
}

static void
step_flood(int fd, const char *rest)
{
	for (;;)
		step_frame(fd, rest);
}

static void
step_dribble(int fd, const char *rest)
{
	static const char octets[] = { WIRE_VERSION, WIRE_PROMPT, 0, 0, 0, 0,
		0, 20, 'M', 'F', 'A', ' ', 'c', 'o', 'd', 'e', ':', ' ' };
	size_t i;

	(void)rest;
	for (i = 0; i < sizeof(octets); i++) {
		send_octets(fd, &octets[i], 1);
		sleep(1);
	}
}

/* The header of an outcome, and with it a descriptor that no one asked for. */
static void
step_descriptor(int fd, const char *rest)
{
	uint8_t header[WIRE_HEADER_SIZE] = { WIRE_VERSION, WIRE_OUTCOME,
		0, 0, 0, 0, 0, 7 };
	struct iovec iov = { header, sizeof(header) };
	union {
		struct cmsghdr	align;
		char		room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	(void)rest;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (sendmsg(fd, &msg, MSG_NOSIGNAL) != (ssize_t)sizeof(header))
		_exit(1);
	send_octets(fd, "Success", 7);
}

static void
show_descriptors(void)
{
	char path[PATH_MAX], target[PATH_MAX];
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	ssize_t n;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] == '.' || fd == dirfd(dir) ||
		    fd == fileno(seen))
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, target, sizeof(target) - 1);
		target[n < 0 ? 0 : n] = '\0';
		if (strncmp(target, "socket:", 7) == 0)
			strcpy(target, "socket");
		fprintf(seen, "fd %d %s\n", fd, target);
	}
	if (dir != NULL)
		closedir(dir);
}

static void
show_status(void)
{
	static const char *const fields[] = { "Uid:", "Gid:", "Groups:",
		"SigBlk:", "SigIgn:", "SigCgt:", "CapInh:", "CapPrm:",
		"CapEff:", "CapAmb:", "NoNewPrivs:" };
	char line[LINE_SIZE], *tab;
	FILE *f = fopen("/proc/self/status", "r");
	size_t i;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
			if (strncmp(line, fields[i], strlen(fields[i])) != 0)
				continue;
			while ((tab = strchr(line, '\t')) != NULL)
				*tab = ' ';
			fprintf(seen, "%s", line);
		}
	}
	if (f != NULL)
		fclose(f);
}

static void
step_inherited(int fd, const char *rest)
{
	char cwd[PATH_MAX] = "";
	struct rlimit limit;
	mode_t mask;
	char **e;
	int i;

	(void)fd;
	(void)rest;
	show_descriptors();
	show_status();
	for (e = environ; *e != NULL; e++)
		fprintf(seen, "environment %s\n", *e);
	fprintf(seen, "cwd %s\n", getcwd(cwd, sizeof(cwd)));
	mask = umask(0);
	(void)umask(mask);
	fprintf(seen, "umask %03o\n", (unsigned)mask);
	fprintf(seen, "session %s\n", getsid(0) == getppid() ? "own" : "host");
	fprintf(seen, "nice %d\n", getpriority(PRIO_PROCESS, 0));
	fprintf(seen, "policy %d\n", sched_getscheduler(0));
	for (i = 0; i < RLIM_NLIMITS; i++) {
		if (getrlimit(i, &limit) == 0)
			fprintf(seen, "limit %d %lld %lld\n", i,
			    (long long)limit.rlim_cur,
			    (long long)limit.rlim_max);
	}
}

static void
step_pause(int fd, const char *rest)
{
	(void)fd;
	usleep((unsigned)strtoul(rest, NULL, 10) * 100000);
}

static void
step_sleep(int fd, const char *rest)
{
	sigset_t all;

	(void)fd;
	(void)rest;
	(void)flock(fileno(seen), LOCK_UN);
	sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	for (;;)
		(void)pause();
}

static void
step_abort(int fd, const char *rest)
{
	static const struct rlimit none = { 0, 0 };

	(void)fd;
	(void)rest;
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)signal(SIGABRT, SIG_DFL);
	abort();
}

static const struct {
	const char	*name;
	void		(*run)(int fd, const char *rest);
} steps[] = {
	{ "read", step_read },
	{ "answer", step_answer },
	{ "frame", step_frame },
	{ "claim", step_claim },
	{ "raw", step_raw },
	{ "version", step_version },
	{ "flood", step_flood },
	{ "dribble", step_dribble },
	{ "descriptor", step_descriptor },
	{ "inherited", step_inherited },
	{ "pause", step_pause },
	{ "sleep", step_sleep },
	{ "abort", step_abort },
};

static void
run_step(int fd, const char *line)
{
	size_t i, len = strcspn(line, " ");

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (strlen(steps[i].name) == len &&
		    memcmp(steps[i].name, line, len) == 0) {
			steps[i].run(fd, line[len] == ' ' ? line + len + 1 :
			    line + len);
			return;
		}
	}
	errx(1, "unknown step: %s", line);
}

/* Opens FOLDER/NAME, which is closed on exec. */
static FILE *
open_in(const char *folder, const char *name, const char *mode)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if ((f = fopen(path, mode)) == NULL)
		err(1, "%s", path);
	return f;
}

static void
serve(const char *folder, int fd)
{
	char text[65536], *next = text, *end;
	FILE *script, *begun;
	size_t n;

	seen = open_in(folder, "seen", "ae");
	setlinebuf(seen);
	/* Who reads it waits until this connection has been served. */
	(void)flock(fileno(seen), LOCK_SH);
	/* Read at once, so that its descriptor is not seen. */
	script = open_in(folder, "script", "re");
	n = fread(text, 1, sizeof(text) - 1, script);
	text[n] = '\0';
	fclose(script);
	begun = open_in(folder, "begun", "ae");
	(void)fputc('.', begun);
	fclose(begun);
	for (; (end = strchr(next, '\n')) != NULL; next = end + 1) {
		*end = '\0';
		run_step(fd, next);
	}
	fclose(seen);
}

/* One connection after the other, each in a process of its own. */
static void
listen_forever(const char *folder, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, conn;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", folder,
	    name);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || bind(fd, (struct sockaddr *)&address,
	    sizeof(address)) != 0 || listen(fd, 128) != 0 ||
	    chmod(address.sun_path, 0666) != 0)
		err(1, "%s", address.sun_path);
	(void)signal(SIGCHLD, SIG_IGN);
	/* Tells whoever started it that it listens. */
	(void)close(STDOUT_FILENO);
	for (;;) {
		if ((conn = accept(fd, NULL, NULL)) == -1)
			continue;
		if (fork() == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			serve(folder, conn);
			_exit(0);
		}
		close(conn);
	}
}

int
main(int argc, char **argv)
{
	char self[PATH_MAX];
	ssize_t n;

	if (argc != 2 && argc != 3)
		errx(2, "usage: fakepeer FOLDER [NAME]");
	if (strcmp(argv[1], "--one-shot") != 0)
		listen_forever(argv[1], argc == 3 ? argv[2] : "login.sock");
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0)
		err(1, "/proc/self/exe");
	self[n] = '\0';
	serve(dirname(self), 3);
	return 0;
}
