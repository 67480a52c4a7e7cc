#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/error.h"

#define X(code, name, text) { code, name, text },
static const struct {
	enum mfa_code	code;
	const char	*name;
	const char	*text;
} list[] = { MFA_CODES(X) };
#undef X

#define LIST_COUNT	(sizeof(list) / sizeof(list[0]))

static void
every_code_has_its_name_and_text(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LIST_COUNT; i++) {
		assert_string_equal(mfa_code_name(list[i].code), list[i].name);
		assert_string_equal(mfa_code_text(list[i].code), list[i].text);
	}
	assert_int_equal(MFA_OK, 0);
	assert_string_equal(mfa_code_name(MFA_NO_SUCH_ENTITY), "NoSuchEntity");
}

static void
every_name_leads_back_to_its_code(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LIST_COUNT; i++)
		assert_int_equal(mfa_code_from_name(list[i].name),
		    list[i].code);
}

static void
a_name_not_in_the_list_is_a_service_failure(void **state)
{
	static const char *const names[] = {
		"", "success", "Success ", "NoSuchEntit",
		"NoSuchEntityException",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(mfa_code_from_name(names[i]),
		    MFA_SERVICE_FAILURE);
}

static void
a_code_out_of_range_still_has_a_name(void **state)
{
	(void)state;
	assert_non_null(mfa_code_name((enum mfa_code)1000));
	assert_non_null(mfa_code_text((enum mfa_code)1000));
	assert_string_not_equal(mfa_code_name((enum mfa_code)1000), "Success");
}

static void
setting_an_error_fills_it_and_returns_its_code(void **state)
{
	struct mfa_error err;

	(void)state;
	memset(&err, 0xa5, sizeof(err));
	assert_int_equal(mfa_error_set(&err, MFA_LIMIT_EXCEEDED, 0, "%s: %d",
	    "devices", 8), MFA_LIMIT_EXCEEDED);
	assert_int_equal(err.code, MFA_LIMIT_EXCEEDED);
	assert_int_equal(err.sys_errno, 0);
	assert_string_equal(err.detail, "devices: 8");
	assert_string_equal(mfa_error_text(&err), "devices: 8");
}

static void
a_system_error_is_appended(void **state)
{
	struct mfa_error err;

	(void)state;
	mfa_error_set(&err, MFA_SERVICE_FAILURE, ENOSPC, "ledger");
	assert_int_equal(err.sys_errno, ENOSPC);
	assert_string_equal(err.detail, "ledger: No space left on device");
}

static void
a_long_detail_is_cut_and_terminated(void **state)
{
	char text[4 * MFA_DETAIL_SIZE];
	struct mfa_error err;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	mfa_error_set(&err, MFA_SERVICE_FAILURE, EIO, "%s", text);
	assert_int_equal(strlen(err.detail), MFA_DETAIL_SIZE - 1);
	assert_memory_equal(err.detail, text, MFA_DETAIL_SIZE - 1);
}

static void
without_detail_the_text_is_the_default(void **state)
{
	struct mfa_error err;

	(void)state;
	mfa_error_set(&err, MFA_THROTTLING, 0, "%s", "");
	assert_string_equal(mfa_error_text(&err),
	    mfa_code_text(MFA_THROTTLING));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_its_name_and_text),
		cmocka_unit_test(every_name_leads_back_to_its_code),
		cmocka_unit_test(a_name_not_in_the_list_is_a_service_failure),
		cmocka_unit_test(a_code_out_of_range_still_has_a_name),
		cmocka_unit_test(
		    setting_an_error_fills_it_and_returns_its_code),
		cmocka_unit_test(a_system_error_is_appended),
		cmocka_unit_test(a_long_detail_is_cut_and_terminated),
		cmocka_unit_test(without_detail_the_text_is_the_default),
	};

	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
