#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fido/library.h"
#include "fidotest.h"
#include "folder.h"

/* What this program says when it is started once more, by CHILD. */
enum { AS_EXPECTED = 0, NOT_AS_EXPECTED = 3 };

static const char child[] = "--verify-without-library";
static const char *program;

/*
 * Starts this program again where the loader finds PATH/libfido2.so.1 first,
 * to verify something and be refused with DETAIL.
 */
static void
assert_refused_with(const char *detail)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		setenv("LD_LIBRARY_PATH", folder_path, 1);
		execl(program, program, child, detail, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), AS_EXPECTED);
}

static int
run_child(const char *detail)
{
	struct fidomake_key key;
	struct fidoasserted asserted;
	struct fido_asserted view;
	struct fido_credential credential;
	struct mfa_error err = { 0 };
	int i, result = AS_EXPECTED;
	uint32_t count;

	fidomake_key_new(&key, FIDO_ES256, FIDOTEST_RP);
	fidomake_credential(&key, &credential);
	fidomake_asserted(&key, FIDOMAKE_UP, 1, fidotest_hash, &asserted);
	view = fidomake_view(&asserted);
	/* The second time too: a failure leaves nothing half loaded. */
	for (i = 0; i < 2; i++)
		if (fido_verify_asserted(&credential, fidotest_hash, false,
		    &view, &count, &err) != MFA_SERVICE_FAILURE ||
		    strstr(err.detail, "libfido2.so.1") == NULL ||
		    strstr(err.detail, detail) == NULL)
			result = NOT_AS_EXPECTED;
	if (result != AS_EXPECTED)
		fprintf(stderr, "# %s: %s\n", mfa_code_name(err.code),
		    err.detail);
	fidomake_key_clear(&key);
	return result;
}

static void
nothing_is_mapped_until_it_is_loaded(void **state)
{
	const struct fido_library *library, *again;
	struct mfa_error err;

	(void)state;
	assert_false(fidotest_is_mapped());
	assert_int_equal(fido_library_load(&library, &err), MFA_OK);
	assert_true(fidotest_is_mapped());
	assert_non_null(library->fido_cred_verify);
	assert_int_equal(fido_library_load(&again, &err), MFA_OK);
	assert_ptr_equal(library, again);
}

static void
objects_are_freed_and_left_null(void **state)
{
	const struct fido_library *library;
	fido_assert_t *assertion = NULL;
	eddsa_pk_t *eddsa = NULL;
	es256_pk_t *es256 = NULL;
	fido_cred_t *cred = NULL;
	struct mfa_error err;

	(void)state;
	fido_library_cred_freep(&cred);
	fido_library_assert_freep(&assertion);
	fido_library_es256_freep(&es256);
	fido_library_eddsa_freep(&eddsa);
	assert_int_equal(fido_library_load(&library, &err), MFA_OK);
	cred = library->fido_cred_new();
	assertion = library->fido_assert_new();
	es256 = library->es256_pk_new();
	eddsa = library->eddsa_pk_new();
	fido_library_cred_freep(&cred);
	fido_library_assert_freep(&assertion);
	fido_library_es256_freep(&es256);
	fido_library_eddsa_freep(&eddsa);
	assert_null(cred);
	assert_null(assertion);
	assert_null(es256);
	assert_null(eddsa);
}

static void
a_library_that_is_none_is_a_service_failure(void **state)
{
	(void)state;
	folder_put("libfido2.so.1", "not a library", 13, 0644);
	assert_refused_with("file too short");
}

static void
a_library_that_lacks_a_function_is_a_service_failure(void **state)
{
	char path[256];
	Dl_info other;

	(void)state;
	/* A library that is there for certain: that of these tests. */
	assert_int_not_equal(dladdr((void *)(uintptr_t)mock_assert, &other),
	    0);
	snprintf(path, sizeof(path), "%s/libfido2.so.1", folder_path);
	assert_int_equal(symlink(other.dli_fname, path), 0);
	assert_refused_with("eddsa_pk_free");
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(nothing_is_mapped_until_it_is_loaded),
		FOLDER_TEST(objects_are_freed_and_left_null),
		FOLDER_TEST(a_library_that_is_none_is_a_service_failure),
		FOLDER_TEST(
		    a_library_that_lacks_a_function_is_a_service_failure),
	};

	if (argc == 3 && strcmp(argv[1], child) == 0)
		return run_child(argv[2]);
	program = argv[0];
	return cmocka_run_group_tests_name("library", tests, folder_setup,
	    folder_remove);
}
