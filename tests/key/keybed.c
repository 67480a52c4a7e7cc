#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "key/keybed.h"
#include "wire/frame.h"

/* Enough for a busy machine: they end with what is waited for. */
#define TAKE_MS	 20000
#define REAP_MS	 20000
#define LOG_MS	 20000
#define LOG_SIZE 16384
#define STEP_MS	 5

int keybed_device = -1;

static enum keymsg_error
open_device(struct node *ret, struct keymsg_answer *answer)
{
	if ((ret->fd = fcntl(keybed_device, F_DUPFD_CLOEXEC, 3)) == -1)
		return answer_fail(answer, KEY_FAILED, "no device");
	strcpy(ret->product, "Soft key");
	return KEY_OK;
}

const struct node_source keybed_source = { "/dev", "hidraw", open_device };

static void
pause_ms(int ms)
{
	(void)poll(NULL, 0, ms);
}

static const char *
softkey_path(void)
{
	static char path[4096];
	const char *build = getenv("top_builddir");

	(void)snprintf(path, sizeof(path), "%s/tests/support/softkey",
	    build == NULL ? "." : build);
	return path;
}

static void
become_softkey(const struct keybed *bed, int fd, int ready)
{
	char number[16], control[128];

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)snprintf(number, sizeof(number), "%d", fd);
	(void)snprintf(control, sizeof(control), "%s/control", bed->folder);
	if (fcntl(fd, F_SETFD, 0) == -1 || dup2(ready, STDOUT_FILENO) == -1)
		_exit(127);
	(void)execl(softkey_path(), "softkey", "--fd", number, "--control",
	    control, "--seed", "00", (char *)NULL);
	_exit(127);
}

static int
connect_control(const struct keybed *bed)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/control",
	    bed->folder);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address,
			     sizeof(address)),
	    0);
	return fd;
}

void
keybed_setup(struct keybed *bed)
{
	int pair[2], ready[2];
	char line[8] = { 0 };

	*bed = (struct keybed){ .conversation = -1 };
	strcpy(bed->folder, "/tmp/keybed.XXXXXX");
	assert_non_null(mkdtemp(bed->folder));
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	bed->softkey = fork();
	assert_int_not_equal(bed->softkey, -1);
	if (bed->softkey == 0)
		become_softkey(bed, pair[1], ready[1]);
	close(pair[1]);
	close(ready[1]);
	if (read(ready[0], line, 6) != 6)
		fail_msg("%s does not start", softkey_path());
	close(ready[0]);
	bed->device = pair[0];
	bed->control = connect_control(bed);
}

void
keybed_teardown(struct keybed *bed)
{
	char path[128];

	keybed_hang_up(bed);
	if (bed->worker > 0)
		(void)keybed_reap(bed);
	(void)kill(bed->softkey, SIGKILL);
	(void)waitpid(bed->softkey, NULL, 0);
	close(bed->control);
	close(bed->device);
	(void)snprintf(path, sizeof(path), "%s/control", bed->folder);
	(void)unlink(path);
	(void)rmdir(bed->folder);
}

static bool
ends_with(const char *text, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && memcmp(text + len - n, end, n) == 0;
}

void
keybed_ask(struct keybed *bed, const char *command, char *ret, size_t size)
{
	size_t have = 0;
	ssize_t n;

	assert_int_equal(dprintf(bed->control, "%s\n", command),
	    strlen(command) + 1);
	do {
		n = recv(bed->control, ret + have, size - have - 1, 0);
		if (n <= 0)
			fail_msg("softkey: %s: no answer", command);
		have += (size_t)n;
		ret[have] = '\0';
		if (strstr(ret, "error: ") == ret)
			fail_msg("softkey: %s: %s", command, ret);
	} while (!ends_with(ret, have, "ok\n"));
}

void
keybed_tell(struct keybed *bed, const char *command)
{
	char answer[LOG_SIZE];

	keybed_ask(bed, command, answer, sizeof(answer));
}

bool
keybed_has_logged(struct keybed *bed, const char *line)
{
	char log[LOG_SIZE], wanted[64];

	(void)snprintf(wanted, sizeof(wanted), "%s\n", line);
	keybed_ask(bed, "log", log, sizeof(log));
	return strstr(log, wanted) != NULL;
}

bool
keybed_will_log(struct keybed *bed, const char *line)
{
	int ms;

	for (ms = 0; ms < LOG_MS; ms += STEP_MS) {
		if (keybed_has_logged(bed, line))
			return true;
		pause_ms(STEP_MS);
	}
	return false;
}

/* A node that is opened anew has nothing of what was before. */
static void
drain(int fd)
{
	char report[128];

	while (recv(fd, report, sizeof(report), MSG_DONTWAIT) > 0)
		;
}

void
keybed_request(struct keybed *bed, const struct keymsg_request *request)
{
	struct mfa_error err;
	int pair[2];

	drain(bed->device);
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	bed->worker = fork();
	assert_int_not_equal(bed->worker, -1);
	if (bed->worker == 0) {
		/* As the endpoint starts it: two descriptors, no more. */
		keybed_device = bed->device;
		close(pair[0]);
		close(bed->control);
		worker_run(pair[1], &keybed_source);
	}
	close(pair[1]);
	bed->conversation = pair[0];
	assert_int_equal(keymsg_send_request(bed->conversation, request,
			     wire_now() + TAKE_MS, &err),
	    MFA_OK);
}

bool
keybed_take(struct keybed *bed, struct keymsg_progress *ret_progress,
    struct keymsg_answer *ret_answer)
{
	struct mfa_error err;
	bool is_answer;

	if (keymsg_receive(bed->conversation, wire_now() + TAKE_MS, &is_answer,
		ret_progress, ret_answer, &err) != MFA_OK)
		fail_msg("the worker says nothing: %s, status %#x",
		    mfa_error_text(&err), (unsigned)keybed_reap(bed));
	return is_answer;
}

void
keybed_expect(struct keybed *bed, enum keymsg_status wanted,
    struct keymsg_progress *ret)
{
	struct keymsg_progress progress;
	struct keymsg_answer answer;

	if (keybed_take(bed, &progress, &answer))
		fail_msg("answer %d (%s) in the place of status %d",
		    (int)answer.error, answer.text, (int)wanted);
	assert_int_equal(progress.status, wanted);
	if (ret != NULL)
		*ret = progress;
}

enum keymsg_error
keybed_answer(struct keybed *bed, struct keymsg_answer *ret)
{
	struct keymsg_progress progress;

	while (!keybed_take(bed, &progress, ret))
		;
	keybed_hang_up(bed);
	assert_int_equal(keybed_reap(bed), 0);
	return ret->error;
}

void
keybed_pin(struct keybed *bed, const char *text)
{
	struct mfa_error err;
	struct secret pin;

	assert_true(secret_set(&pin, text, strlen(text)));
	assert_int_equal(keymsg_send_pin(bed->conversation, &pin,
			     wire_now() + TAKE_MS, &err),
	    MFA_OK);
}

void
keybed_hang_up(struct keybed *bed)
{
	closep(&bed->conversation);
	bed->conversation = -1;
}

int
keybed_reap(struct keybed *bed)
{
	int status = -1, ms;
	pid_t pid = 0;

	for (ms = 0; ms < REAP_MS && pid == 0; ms += STEP_MS) {
		pid = waitpid(bed->worker, &status, WNOHANG);
		if (pid == 0)
			pause_ms(STEP_MS);
	}
	if (pid == 0) {
		(void)kill(bed->worker, SIGKILL);
		(void)waitpid(bed->worker, NULL, 0);
		bed->worker = 0;
		fail_msg("the worker does not end");
	}
	bed->worker = 0;
	return status;
}
