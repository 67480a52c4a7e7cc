#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "endpoint/endpoint.h"

#define NOTHING_ALLOWED \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\"," \
	"\"Action\":\"*\",\"Resource\":\"*\"}]}"

/* As root the file is root's; as anyone else it is refused for that. */
static char path[] = "/tmp/test_endpoint_policy.XXXXXX";
static struct endpoint endpoint;
static struct mfa_error err;

static int
set_up(void **state)
{
	(void)state;
	endpoint = (struct endpoint) { .policy_path = path };
	(void)unlink(path);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	policy_freep(&endpoint.policy);
	(void)unlink(path);
	return 0;
}

static void
put(const char *text, mode_t mode)
{
	FILE *f;

	(void)unlink(path);
	assert_non_null(f = fopen(path, "w"));
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static enum policy_effect
ask(void)
{
	const char *name = "alice";
	struct policy_key key = { "aws:username", 1, &name };
	struct policy_request request = { "iam:GetUser",
		"arn:aws:iam::000000000000:user/alice", 1, &key };
	struct policy_decision decision;
	const struct policy *policy;

	assert_int_equal(endpoint_policy(&endpoint, &policy, &err), MFA_OK);
	policy_evaluate(policy, &request, &decision);
	return decision.effect;
}

static void
refuses(const char *part)
{
	const struct policy *policy = NULL;

	assert_int_equal(endpoint_policy(&endpoint, &policy, &err),
	    MFA_INVALID_CONFIGURATION);
	assert_null(policy);
	assert_non_null(strstr(err.detail, path));
	assert_non_null(strstr(err.detail, part));
}

static void
without_a_file_the_document_within_holds(void **state)
{
	(void)state;
	assert_int_equal(ask(), POLICY_ALLOWED);
	assert_true(endpoint_policy_is_current(&endpoint));
}

static void
the_file_holds_and_is_read_again_when_it_is_another(void **state)
{
	const struct policy *first, *second;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(ask(), POLICY_ALLOWED);
	put(NOTHING_ALLOWED, 0644);
	assert_false(endpoint_policy_is_current(&endpoint));
	assert_int_equal(ask(), POLICY_EXPLICIT_DENY);
	assert_int_equal(endpoint_policy(&endpoint, &first, &err), MFA_OK);
	assert_int_equal(endpoint_policy(&endpoint, &second, &err), MFA_OK);
	assert_ptr_equal(first, second);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(ask(), POLICY_ALLOWED);
}

static void
a_file_that_is_no_document_denies_and_leaves_none_from_before(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(ask(), POLICY_ALLOWED);
	put("{\n\"Version\": \"2012-10-17\",\n", 0644);
	refuses("line 3, column 0");
	refuses("line 3, column 0");
	put("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Efect\":1}]}",
	    0644);
	refuses("/Statement/0/Efect");
	put("", 0644);
	refuses("line 1");
	put(NOTHING_ALLOWED, 0644);
	assert_int_equal(ask(), POLICY_EXPLICIT_DENY);
}

static void
a_file_that_others_may_write_is_refused(void **state)
{
	(void)state;
	put(NOTHING_ALLOWED, 0664);
	refuses("");
	put(NOTHING_ALLOWED, 0646);
	refuses("");
	if (geteuid() != 0)
		return;
	put(NOTHING_ALLOWED, 0644);
	assert_int_equal(chown(path, 1, 0), 0);
	refuses("");
}

static void
a_link_or_a_folder_is_refused(void **state)
{
	(void)state;
	assert_int_equal(symlink("/etc/passwd", path), 0);
	refuses("");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/nowhere", path), 0);
	refuses("");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	refuses("");
	assert_int_equal(rmdir(path), 0);
}

static void
a_file_that_is_too_large_is_refused(void **state)
{
	FILE *f;
	size_t i;

	(void)state;
	if (geteuid() != 0)
		skip();
	put(NOTHING_ALLOWED, 0644);
	assert_non_null(f = fopen(path, "a"));
	for (i = strlen(NOTHING_ALLOWED); i < POLICY_MAX; i++)
		assert_int_equal(fputc(' ', f), ' ');
	assert_int_equal(fflush(f), 0);
	assert_int_equal(ask(), POLICY_EXPLICIT_DENY);
	assert_int_equal(fputc(' ', f), ' ');
	assert_int_equal(fclose(f), 0);
	refuses("");
}

#define test(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(without_a_file_the_document_within_holds),
		test(the_file_holds_and_is_read_again_when_it_is_another),
		test(
		    a_file_that_is_no_document_denies_and_leaves_none_from_before),
		test(a_file_that_others_may_write_is_refused),
		test(a_link_or_a_folder_is_refused),
		test(a_file_that_is_too_large_is_refused),
	};
	int fd = mkstemp(path);

	if (fd == -1 || close(fd) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
