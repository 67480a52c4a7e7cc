/* Compares hotp_code() with oathtool(1), which no one here wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "otp/totp.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define OUTPUT_SIZE	512
#define STEPS		4	/* oathtool prints this many from each time */

extern char **environ;

/* What is left of FD, which is closed, as text. */
static void
drain(int fd, char out[OUTPUT_SIZE])
{
	size_t used = 0;
	ssize_t n;

	do {
		n = read(fd, out + used, OUTPUT_SIZE - 1 - used);
		if (n > 0)
			used += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	close(fd);
	out[used] = '\0';
}

/* Runs ARGV; OUT is what it prints. 127 where there is no such program. */
static int
run(char *const argv[], char out[OUTPUT_SIZE])
{
	posix_spawn_file_actions_t actions;
	int fds[2], r, status;
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	assert_int_equal(posix_spawn_file_actions_adddup2(&actions, fds[1],
	    STDOUT_FILENO), 0);
	r = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	if (r != 0) {
		close(fds[0]);
		return 127;
	}
	drain(fds[0], out);
	while (waitpid(pid, &status, 0) != pid)
		assert_int_equal(errno, EINTR);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
oathtool(const struct otp_params *params, const struct secret *seed,
    int64_t epoch, char out[OUTPUT_SIZE])
{
	char mode[16], digits[16], period[16], now[32], window[16];
	char hex[2 * SECRET_SIZE + 1];
	char *const argv[] = {
		"oathtool", mode, digits, period, now, window, hex, NULL
	};
	static const char *const modes[] = {
		"--totp=sha1", "--totp=sha256", "--totp=sha512",
	};

	snprintf(mode, sizeof(mode), "%s", modes[params->algorithm]);
	snprintf(digits, sizeof(digits), "-d%u", params->digits);
	snprintf(period, sizeof(period), "-s%us", params->period);
	snprintf(now, sizeof(now), "-N@%" PRId64, epoch);
	snprintf(window, sizeof(window), "-w%d", STEPS - 1);
	text_hex(hex, seed->bytes, seed->len);
	assert_int_equal(run(argv, out), 0);
}

static void
compare(const struct otp_params *params, const struct secret *seed,
    int64_t epoch)
{
	int64_t step = totp_step(params, epoch);
	char theirs[OUTPUT_SIZE], ours[OUTPUT_SIZE];
	struct mfa_error err;
	struct secret code;
	size_t used = 0;
	int i;

	oathtool(params, seed, epoch, theirs);
	for (i = 0; i < STEPS; i++) {
		assert_int_equal(hotp_code(params, seed,
		    (uint64_t)(step + i), &code, &err), MFA_OK);
		assert_int_equal(code.len, params->digits);
		memcpy(ours + used, code.bytes, code.len);
		used += code.len;
		ours[used++] = '\n';
	}
	ours[used] = '\0';
	assert_string_equal(ours, theirs);
}

static struct secret
make_seed(size_t len, unsigned variant)
{
	struct secret s = { .len = len };
	uint32_t x = variant * 2654435761U + 1;
	size_t i;

	for (i = 0; i < len; i++) {
		x = x * 1664525U + 1013904223U;
		s.bytes[i] = (uint8_t)(x >> 24);
	}
	return s;
}

static void
compare_periods_and_times(enum otp_algorithm algorithm, unsigned digits)
{
	static const unsigned periods[] = { 1, 30, 60, 90, 3600 };
	static const int64_t times[] = {
		1, 59, 1111111109, 1234567890, 1795355414, INT64_C(4294967295),
		INT64_C(20000000000),
	};
	/* Both sides of the blocks of 64 and 128 octets that are hashed. */
	static const size_t sizes[] = { 10, 20, 32, 64, 65, 128 };
	unsigned variant = 0;
	size_t i, j;

	for (i = 0; i < COUNT(periods); i++) {
		const struct otp_params params = {
			algorithm, digits, periods[i]
		};

		for (j = 0; j < COUNT(times); j++, variant++) {
			struct secret seed = make_seed(
			    sizes[variant % COUNT(sizes)], variant);

			compare(&params, &seed, times[j]);
		}
	}
}

static void
skip_without_oathtool(void)
{
	char *const argv[] = { "oathtool", "--version", NULL };
	char out[OUTPUT_SIZE];

	if (run(argv, out) == 127)
		skip();
}

static void
sha1_six_digits_as_oathtool_has_them(void **state)
{
	(void)state;
	skip_without_oathtool();
	compare_periods_and_times(OTP_SHA1, 6);
}

static void
sha1_eight_digits_as_oathtool_has_them(void **state)
{
	(void)state;
	skip_without_oathtool();
	compare_periods_and_times(OTP_SHA1, 8);
}

static void
sha256_six_digits_as_oathtool_has_them(void **state)
{
	(void)state;
	skip_without_oathtool();
	compare_periods_and_times(OTP_SHA256, 6);
}

static void
sha256_eight_digits_as_oathtool_has_them(void **state)
{
	(void)state;
	skip_without_oathtool();
	compare_periods_and_times(OTP_SHA256, 8);
}

static void
sha512_six_digits_as_oathtool_has_them(void **state)
{
	(void)state;
	skip_without_oathtool();
	compare_periods_and_times(OTP_SHA512, 6);
}

static void
sha512_eight_digits_as_oathtool_has_them(void **state)
{
	(void)state;
	skip_without_oathtool();
	compare_periods_and_times(OTP_SHA512, 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha1_six_digits_as_oathtool_has_them),
		cmocka_unit_test(sha1_eight_digits_as_oathtool_has_them),
		cmocka_unit_test(sha256_six_digits_as_oathtool_has_them),
		cmocka_unit_test(sha256_eight_digits_as_oathtool_has_them),
		cmocka_unit_test(sha512_six_digits_as_oathtool_has_them),
		cmocka_unit_test(sha512_eight_digits_as_oathtool_has_them),
	};

	return cmocka_run_group_tests_name("oathtool", tests, NULL, NULL);
}
