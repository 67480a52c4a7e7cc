/*
 * Whole taps without root: enrolment and sign-in of src/mfa, the driver of
 * src/endpoint, the worker with its sandbox, libfido2, and a software key behind
 * a pseudo-terminal.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit/mfatest.h"

#include "endpoint/keys.h"
#include "endpoint/log.h"
#include "mfa/enrol_key.h"
#include "mfa/signin.h"

#define PATH_SIZE 256

static const struct host_user alice = { "alice", 1001 };

/* A folder with the worker, and the key in it. */
struct bed {
	struct mfatest	*m;
	char		folder[64];
	char		program[PATH_SIZE];
	char		dev[PATH_SIZE];
	char		control[PATH_SIZE];
	pid_t		softkey;
	const char	*pins[4];	/* typed one after the other */
	unsigned	timeout;	/* milliseconds */
	int		person;		/* hung up once they are gone */
	unsigned	asked;
	void		(*on_tap)(struct bed *);	/* once, where one is
							   asked for */
	char		shown[512];
};

/* The endpoint's own goes to syslog. */
void
log_problem(const char *fmt, ...)
{
	(void)fmt;
}

static void
run(const char *command, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, command);
	(void)vsnprintf(line, sizeof(line), command, ap);
	va_end(ap);
	assert_int_equal(system(line), 0);
}

static void
start_key(struct bed *bed, const char *seed)
{
	char program[PATH_SIZE], node[PATH_SIZE + 8], said[16] = "";
	const char *build = getenv("top_builddir");
	int out[2];

	(void)snprintf(program, sizeof(program), "%s/tests/support/softkey",
	    build != NULL ? build : ".");
	(void)snprintf(node, sizeof(node), "%s/hidraw0", bed->dev);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	if ((bed->softkey = fork()) == 0) {
		(void)dup2(out[1], STDOUT_FILENO);
		(void)execl(program, program, "--with-parent", "--pty", node,
		    "--control", bed->control, "--seed", seed, NULL);
		_exit(127);
	}
	assert_true(bed->softkey > 0);
	(void)close(out[1]);
	assert_true(read(out[0], said, sizeof(said) - 1) > 0);
	assert_string_equal(said, "ready\n");
	(void)close(out[0]);
}

static void
stop_key(struct bed *bed)
{
	(void)kill(bed->softkey, SIGTERM);
	(void)waitpid(bed->softkey, NULL, 0);
	run("rm -f %s/* %s", bed->dev, bed->control);
}

static void
tell(struct bed *bed, const char *command)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char said[64] = "", line[64];
	int n;

	assert_true(strlen(bed->control) < sizeof(address.sun_path));
	strcpy(address.sun_path, bed->control);
	assert_int_equal(connect(fd, (struct sockaddr *)&address,
	    sizeof(address)), 0);
	n = snprintf(line, sizeof(line), "%s\n", command);
	assert_int_equal(write(fd, line, (size_t)n), n);
	assert_true(read(fd, said, sizeof(said) - 1) > 0);
	assert_string_equal(said, "ok\n");
	(void)close(fd);
}

static int
setup(void **state)
{
	struct bed *bed = calloc(1, sizeof(*bed));
	const char *build = getenv("top_builddir");
	void *m = NULL;

	if (bed == NULL || mfatest_setup(&m) != 0)
		return -1;
	bed->m = m;
	strcpy(bed->folder, "/tmp/awsmfa-tap.XXXXXX");
	if (mkdtemp(bed->folder) == NULL)
		return -1;
	(void)snprintf(bed->dev, sizeof(bed->dev), "%s/dev", bed->folder);
	(void)snprintf(bed->control, sizeof(bed->control), "%s/control",
	    bed->folder);
	(void)snprintf(bed->program, sizeof(bed->program), "%s/awsmfa-key",
	    bed->folder);
	run("mkdir %s && cp %s/tests/key/worker_pty %s", bed->dev,
	    build != NULL ? build : ".", bed->program);
	bed->timeout = 5000;
	bed->person = -1;
	start_key(bed, "00");
	*state = bed;
	return 0;
}

static int
teardown(void **state)
{
	struct bed *bed = *state;
	void *m = bed->m;

	stop_key(bed);
	run("rm -rf %s", bed->folder);
	free(bed);
	return mfatest_teardown(&m);
}

static enum mfa_code
show(void *ctx, const char *text, struct mfa_error *err)
{
	struct bed *bed = ctx;
	size_t used = strlen(bed->shown);

	void (*on_tap)(struct bed *) = bed->on_tap;

	(void)err;
	(void)snprintf(bed->shown + used, sizeof(bed->shown) - used, "%s\n",
	    text);
	if (on_tap != NULL && strcmp(text, "Tap your security key") == 0) {
		bed->on_tap = NULL;
		on_tap(bed);
	}
	return MFA_OK;
}

static enum mfa_code
ask(void *ctx, const char *prompt, struct secret *ret, struct mfa_error *err)
{
	struct bed *bed = ctx;
	const char *pin = bed->asked < 4 ? bed->pins[bed->asked] : NULL;

	(void)show(bed, prompt, err);
	bed->asked++;
	if (pin == NULL)
		return mfa_error_set(err, MFA_REQUEST_ABORTED, 0, "gone");
	return secret_set(ret, pin, strlen(pin)) ? MFA_OK :
						   MFA_SERVICE_FAILURE;
}

static enum mfa_code
wait_for(void *ctx, unsigned seconds, struct mfa_error *err)
{
	(void)ctx;
	(void)err;
	assert_in_range(seconds, 1, 120);
	return MFA_OK;
}

/* The driver, with the test's time limit: settings have whole seconds. */
static enum mfa_code
ask_keys(void *ctx, const struct keymsg_request *requests, size_t count,
    const struct person *person, struct keymsg_answer *ret_answer,
    size_t *ret_which, struct mfa_error *err)
{
	static struct keymsg_request copy[DEVICES_MAX];
	struct bed *bed = ctx;
	struct keys keys = { bed->program, bed->dev };

	memcpy(copy, requests, count * sizeof(copy[0]));
	copy[0].timeout = bed->timeout;
	return keys_ask(&keys, copy, count, person, ret_answer, ret_which,
	    err);
}

static enum mfa_code
enrol(struct bed *bed, const char *name)
{
	const struct key_driver driver = { ask_keys, bed };
	const struct person person = { .show = show, .ask = ask,
		.wait = wait_for, .fd = bed->person, .ctx = bed };
	struct enrolled_key ret;

	return enrol_key(&bed->m->ctx, &alice, name, &driver, &person, &ret,
	    &bed->m->err);
}

static enum mfa_code
tap(struct bed *bed)
{
	const struct key_driver driver = { ask_keys, bed };
	const struct person person = { .show = show, .ask = ask,
		.wait = wait_for, .fd = bed->person, .ctx = bed };
	char said[TAP_SAID_SIZE];
	struct proof proof;
	struct signin *signin = NULL;
	enum mfa_code code;

	assert_int_equal(signin_begin(&bed->m->ctx, "alice", LEDGER_LOGIN,
	    &signin, &bed->m->err), MFA_OK);
	code = signin_tap(signin, &driver, &person, &proof, said,
	    &bed->m->err);
	signin_freep(&signin);
	return code;
}

static void
tap_of_an_enrolled_key_lets_in(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(enrol(bed, "key"), MFA_OK);
	assert_int_equal(tap(bed), MFA_OK);
	assert_int_equal(tap(bed), MFA_OK);
}

static void
key_that_has_u2f_only_lets_in_too(void **state)
{
	struct bed *bed = *state;

	tell(bed, "u2f-only on");
	assert_int_equal(enrol(bed, "key"), MFA_OK);
	assert_int_equal(tap(bed), MFA_OK);
}

static void
key_that_has_eddsa_only_lets_in_by_one_tap_too(void **state)
{
	struct bed *bed = *state;

	tell(bed, "algorithms eddsa");
	bed->m->settings.user_verification = USER_VERIFICATION_REQUIRED;
	tell(bed, "pin set 1234");
	bed->pins[0] = bed->pins[1] = "1234";
	assert_int_equal(enrol(bed, "key"), MFA_OK);
	assert_int_equal(bed->asked, 1);
	assert_int_equal(tap(bed), MFA_OK);
	tell(bed, "algorithms untold");
	bed->m->settings.user_verification = USER_VERIFICATION_PREFERRED;
	assert_int_equal(enrol(bed, "same"), MFA_ENTITY_ALREADY_EXISTS);
}

static void
key_that_tells_no_algorithm_is_asked_for_both(void **state)
{
	struct bed *bed = *state;

	tell(bed, "algorithms untold");
	assert_int_equal(enrol(bed, "key"), MFA_OK);
	assert_string_equal(bed->shown, "");
	assert_int_equal(tap(bed), MFA_OK);
}

static void
key_is_not_enrolled_twice(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(enrol(bed, "one"), MFA_OK);
	assert_int_equal(enrol(bed, "two"), MFA_ENTITY_ALREADY_EXISTS);
}

static void
key_that_is_not_tapped_denies_in_time(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(enrol(bed, "key"), MFA_OK);
	tell(bed, "touch never");
	bed->timeout = 500;
	assert_int_equal(tap(bed), MFA_ACCESS_DENIED);
	mfatest_says(bed->m, "no key was tapped in time");
	tell(bed, "touch now");
	bed->timeout = 5000;
	assert_int_equal(tap(bed), MFA_OK);
}

static void
pin_is_asked_for_where_it_is_required(void **state)
{
	struct bed *bed = *state;

	tell(bed, "pin set 1234");
	bed->m->settings.user_verification = USER_VERIFICATION_REQUIRED;
	bed->pins[0] = bed->pins[2] = "1234";
	bed->pins[1] = "4321";
	assert_int_equal(enrol(bed, "key"), MFA_OK);
	assert_int_equal(tap(bed), MFA_OK);
	assert_int_equal(bed->asked, 3);
	assert_non_null(strstr(bed->shown, "Wrong PIN. "));
	assert_non_null(strstr(bed->shown, "tries left"));
}

static void
blocked_pin_denies_and_says_so(void **state)
{
	struct bed *bed = *state;

	tell(bed, "pin set 1234");
	bed->m->settings.user_verification = USER_VERIFICATION_REQUIRED;
	bed->pins[0] = bed->pins[1] = "1234";
	assert_int_equal(enrol(bed, "key"), MFA_OK);
	tell(bed, "pin blocked");
	assert_int_equal(tap(bed), MFA_ACCESS_DENIED);
	mfatest_says(bed->m, "blocked");
}

static void
person_who_leaves_at_the_pin_ends_it(void **state)
{
	struct bed *bed = *state;

	tell(bed, "pin set 1234");
	bed->m->settings.user_verification = USER_VERIFICATION_REQUIRED;
	bed->pins[0] = "1234";
	assert_int_equal(enrol(bed, "key"), MFA_OK);
	assert_int_equal(tap(bed), MFA_REQUEST_ABORTED);
	bed->asked = 0;
	assert_int_equal(tap(bed), MFA_OK);
}

static void
counter_that_goes_back_is_a_clone_alarm(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(enrol(bed, "key"), MFA_OK);
	assert_int_equal(tap(bed), MFA_OK);
	tell(bed, "counter back");
	assert_int_equal(tap(bed), MFA_ACCESS_DENIED);
	mfatest_says(bed->m, "CLONE ALARM");
}

static void
other_key_is_told_and_refused(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(enrol(bed, "key"), MFA_OK);
	stop_key(bed);
	start_key(bed, "11");
	bed->timeout = 700;
	assert_int_equal(tap(bed), MFA_ACCESS_DENIED);
	assert_non_null(strstr(bed->shown, "not one of yours"));
	stop_key(bed);
	start_key(bed, "00");
	tell(bed, "counter set 1000");
	bed->timeout = 5000;
	assert_int_equal(tap(bed), MFA_OK);
}

/* Someone who taps when the key's log has COUNT times LINE, and it asks. */
static void
tap_after(struct bed *bed, int count, const char *line)
{
	const char *build = getenv("top_builddir");

	tell(bed, "log clear");
	run("timeout 10 sh -c '"
	    "until [ $(\"$1\" --tell \"$2\" log | grep -c \"$3\") -ge $4 ];"
	    " do sleep 0.02; done;"
	    " until \"$1\" --tell \"$2\" touch once; do sleep 0.02; done"
	    "' sh %s/tests/support/softkey %s '%s' %d >/dev/null 2>&1 &",
	    build != NULL ? build : ".", bed->control, line, count);
}

static void
kill_workers(struct bed *bed)
{
	(void)bed;
	run("pkill -KILL -P %d -x awsmfa-key", (int)getpid());
}

static void
worker_that_is_killed_at_the_tap_is_replaced(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(enrol(bed, "key"), MFA_OK);
	tell(bed, "touch never");
	bed->on_tap = kill_workers;
	tap_after(bed, 1, "CANCEL");
	assert_int_equal(tap(bed), MFA_OK);
	tell(bed, "touch now");
	assert_int_equal(tap(bed), MFA_OK);
}

static void
kill_all(struct bed *bed)
{
	kill_workers(bed);
	(void)raise(SIGKILL);
}

static void
kill_endpoint(struct bed *bed)
{
	(void)bed;
	(void)raise(SIGKILL);
}

/* A sign-in in a process of its own, which ON_TAP ends. */
static void
tap_and_die(struct bed *bed, void (*on_tap)(struct bed *))
{
	int status;
	pid_t pid;

	tell(bed, "touch never");
	bed->on_tap = on_tap;
	if ((pid = fork()) == 0) {
		(void)tap(bed);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	bed->on_tap = NULL;
}

static void
endpoint_that_is_killed_leaves_the_key_idle(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(enrol(bed, "key"), MFA_OK);
	tap_after(bed, 2, "touch asked");
	tap_and_die(bed, kill_endpoint);
	assert_int_equal(tap(bed), MFA_OK);
}

static void
key_that_is_left_busy_is_asked_until_it_gives_up(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(enrol(bed, "key"), MFA_OK);
	tell(bed, "touch timeout 300");
	tap_after(bed, 2, "touch asked");
	tap_and_die(bed, kill_all);
	tell(bed, "touch timeout 30000");
	assert_int_equal(tap(bed), MFA_OK);
}

/* Out, and in again until a worker that waits for it asks for the tap. */
static void
replug(struct bed *bed)
{
	const char *build = getenv("top_builddir");

	tell(bed, "unplug");
	run("timeout 10 sh -c '"
	    "until \"$1\" --tell \"$2\" touch once; do"
	    " \"$1\" --tell \"$2\" unplug; sleep 0.1;"
	    " \"$1\" --tell \"$2\" replug; sleep 0.2; done"
	    "' sh %s/tests/support/softkey %s >/dev/null 2>&1 &",
	    build != NULL ? build : ".", bed->control);
}

static void
key_is_unplugged_half_way_and_plugged_in_again(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(enrol(bed, "key"), MFA_OK);
	tell(bed, "touch never");
	bed->on_tap = replug;
	assert_int_equal(tap(bed), MFA_OK);
}

static int far_end;

static void
leave(struct bed *bed)
{
	(void)bed;
	(void)close(far_end);
}

static void
person_who_leaves_at_the_tap_leaves_the_key_idle(void **state)
{
	struct bed *bed = *state;
	int fds[2];

	assert_int_equal(enrol(bed, "key"), MFA_OK);
	tell(bed, "touch never");
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	bed->person = fds[0];
	far_end = fds[1];
	bed->on_tap = leave;
	assert_int_equal(tap(bed), MFA_REQUEST_ABORTED);
	(void)close(fds[0]);
	bed->person = -1;
	tell(bed, "touch now");
	assert_int_equal(tap(bed), MFA_OK);
	/* The one before would have been in the way. */
	run("%s/tests/support/softkey --tell %s log | grep -q CANCEL",
	    getenv("top_builddir") != NULL ? getenv("top_builddir") : ".",
	    bed->control);
}

static void
denies_by(struct bed *bed, const char *program)
{
	char saved[PATH_SIZE];

	strcpy(saved, bed->program);
	(void)snprintf(bed->program, sizeof(bed->program), "%s", program);
	assert_int_not_equal(tap(bed), MFA_OK);
	strcpy(bed->program, saved);
}

static void
worker_that_is_broken_denies(void **state)
{
	struct bed *bed = *state;
	char flood[PATH_SIZE];

	assert_int_equal(enrol(bed, "key"), MFA_OK);
	denies_by(bed, "/bin/true");
	denies_by(bed, "/bin/false");
	denies_by(bed, "/nonexistent");
	(void)snprintf(flood, sizeof(flood), "%.64s/flood", bed->folder);
	run("printf '#!/bin/sh\nexec cat /dev/zero >&3\n' > %s;"
	    " chmod 0700 %s", flood, flood);
	denies_by(bed, flood);
	assert_int_equal(tap(bed), MFA_OK);
}

/* It is waited for a while after its time, and then killed. */
static void
worker_that_hangs_denies(void **state)
{
	struct bed *bed = *state;

	assert_int_equal(enrol(bed, "key"), MFA_OK);
	bed->timeout = 100;
	denies_by(bed, "/bin/yes");
	bed->timeout = 5000;
	assert_int_equal(tap(bed), MFA_OK);
}

#define tap_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		tap_test(tap_of_an_enrolled_key_lets_in),
		tap_test(key_that_has_u2f_only_lets_in_too),
		tap_test(key_that_has_eddsa_only_lets_in_by_one_tap_too),
		tap_test(key_that_tells_no_algorithm_is_asked_for_both),
		tap_test(key_is_not_enrolled_twice),
		tap_test(key_that_is_not_tapped_denies_in_time),
		tap_test(pin_is_asked_for_where_it_is_required),
		tap_test(blocked_pin_denies_and_says_so),
		tap_test(person_who_leaves_at_the_pin_ends_it),
		tap_test(counter_that_goes_back_is_a_clone_alarm),
		tap_test(other_key_is_told_and_refused),
		tap_test(worker_that_is_killed_at_the_tap_is_replaced),
		tap_test(endpoint_that_is_killed_leaves_the_key_idle),
		tap_test(key_that_is_left_busy_is_asked_until_it_gives_up),
		tap_test(key_is_unplugged_half_way_and_plugged_in_again),
		tap_test(person_who_leaves_at_the_tap_leaves_the_key_idle),
		tap_test(worker_that_is_broken_denies),
		tap_test(worker_that_hangs_denies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
