/*
 * A key that lies: between the worker and a software key, octets of what the
 * key says are changed at random. Whatever it says, the worker gives an answer
 * and ends by itself.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "key/keybed.h"
#include "wire/frame.h"

#define ROUNDS	    12
#define REPORT_SIZE 64
#define WRITE_SIZE  65
#define FIRST	    0x80
#define FIRST_DATA  7
#define NEXT_DATA   5
#define INIT	    0x86
#define KEEPALIVE   0xbb

static struct keybed bed;
static struct keymsg_request request;
static struct keymsg_answer answer;
static int honest; /* the softkey's reports, while a liar sits between */

static int
setup(void **state)
{
	(void)state;
	memset(&request, 0, sizeof(request));
	strcpy(request.node, "/dev/hidraw0");
	strcpy(request.rp_id, "awsmfa.test");
	strcpy(request.user_name, "alice");
	request.timeout = 1000;
	keybed_setup(&bed);
	honest = bed.device;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	bed.device = honest;
	keybed_teardown(&bed);
	return 0;
}

/* Changes up to three octets of the data, where there is any to speak of. */
static void
lie(uint8_t *report)
{
	size_t from = (report[4] & FIRST) != 0 ? FIRST_DATA : NEXT_DATA, n;

	if (report[4] == INIT || report[4] == KEEPALIVE)
		return;
	for (n = (size_t)random() % 4; n > 0; n--) {
		/* The data, mostly; sometimes the length before it. */
		if (random() % 16 == 0)
			report[from - 1] ^= (uint8_t)random();
		else
			report[from + (size_t)random() % 24] =
			    (uint8_t)random();
	}
}

static _Noreturn void
become_liar(int host, unsigned seed)
{
	struct pollfd pfds[] = { { host, POLLIN, 0 }, { honest, POLLIN, 0 } };
	uint8_t report[WRITE_SIZE];
	ssize_t n;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	srandom(seed);
	for (;;) {
		(void)poll(pfds, 2, -1);
		if (pfds[0].revents != 0) {
			if ((n = recv(host, report, sizeof(report), 0)) <= 0)
				_exit(0);
			(void)!write(honest, report, (size_t)n);
		}
		if (pfds[1].revents != 0) {
			if ((n = recv(honest, report, REPORT_SIZE, 0)) <= 0)
				_exit(0);
			lie(report);
			(void)!write(host, report, (size_t)n);
		}
	}
}

static void
one_round(unsigned seed)
{
	int pair[2];
	pid_t liar;

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	if ((liar = fork()) == 0) {
		close(pair[0]);
		become_liar(pair[1], seed);
	}
	close(pair[1]);
	bed.device = pair[0];
	keybed_request(&bed, &request);
	(void)keybed_answer(&bed, &answer);
	close(pair[0]);
	bed.device = honest;
	(void)waitpid(liar, NULL, 0);
}

static void
rounds(enum keymsg_what what)
{
	unsigned seed;

	for (seed = 0; seed < ROUNDS; seed++) {
		request.what = what;
		one_round(seed);
	}
}

/* An honest enrolment, so that there is something to assert. */
static void
enrol(void)
{
	request.what = KEY_MAKE;
	keybed_request(&bed, &request);
	assert_int_equal(keybed_answer(&bed, &answer), KEY_OK);
	request.credentials[0] = answer.credential;
	request.credential_count = 1;
}

static void
lies_about_what_the_key_is_do_no_harm(void **state)
{
	(void)state;
	rounds(KEY_INFO);
}

static void
lies_in_attestations_do_no_harm(void **state)
{
	(void)state;
	rounds(KEY_MAKE);
}

static void
lies_in_assertions_do_no_harm(void **state)
{
	(void)state;
	enrol();
	rounds(KEY_ASSERT);
}

static void
lies_of_u2f_keys_do_no_harm(void **state)
{
	(void)state;
	keybed_tell(&bed, "u2f-only on");
	rounds(KEY_MAKE);
	enrol();
	rounds(KEY_ASSERT);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(lies_about_what_the_key_is_do_no_harm),
		TEST(lies_in_attestations_do_no_harm),
		TEST(lies_in_assertions_do_no_harm),
		TEST(lies_of_u2f_keys_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
