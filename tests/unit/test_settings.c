#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mfa/settings.h"

/* As root the file is root's; as anyone else it is refused for that. */
static char path[] = "/tmp/test_settings.XXXXXX";
static struct mfa_error err;

static void
put(const void *text, size_t len, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static enum mfa_code
read_text(const char *text, struct settings *ret)
{
	put(text, strlen(text), 0644);
	return settings_read(path, false, ret, &err);
}

static void
refuses(const char *text, const char *part)
{
	struct settings settings;

	assert_int_equal(read_text(text, &settings),
	    MFA_INVALID_CONFIGURATION);
	if (strstr(err.detail, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part, err.detail);
	assert_non_null(strstr(err.detail, path));
}

static void
absent_file_gives_the_defaults_only_where_it_may_be_absent(void **state)
{
	struct settings settings;

	(void)state;
	assert_int_equal(settings_read("/nonexistent/awsmfa.conf", true,
	    &settings, &err), MFA_OK);
	assert_string_equal(settings.prompt, "MFA code: ");
	assert_string_equal(settings.account, "000000000000");
	assert_int_equal(settings.prompt_timeout, 300);
	assert_string_equal(settings.rp_id, "awsmfa");
	assert_int_equal(settings.key_timeout, 30);
	assert_int_equal(settings.user_verification,
	    USER_VERIFICATION_DISCOURAGED);
	assert_string_equal(settings.attestation_roots, "");
	assert_int_equal(settings.aaguid_count, 0);
	assert_int_equal(settings.local_services.count, 4);
	assert_string_equal(settings.local_services.names[0], "login");
	assert_string_equal(settings.local_services.names[3], "sddm");
	assert_false(settings.keys_for_remote);
	assert_int_equal(settings_read("/nonexistent/awsmfa.conf", false,
	    &settings, &err), MFA_INVALID_CONFIGURATION);
}

static void
every_key_is_read(void **state)
{
	struct settings settings;

	(void)state;
	assert_int_equal(read_text("account_id = \"123456789012\";\n"
	    "issuer = \"Example\";\nprompt = \"Code? \";\n"
	    "denied_message = \"No.\";\nprompt_timeout = 60;\n"
	    "max_conversations = 10;\nmax_conversations_per_user = 2;\n",
	    &settings), MFA_OK);
	assert_string_equal(settings.account, "123456789012");
	assert_string_equal(settings.issuer, "Example");
	assert_string_equal(settings.prompt, "Code? ");
	assert_string_equal(settings.denied, "No.");
	assert_int_equal(settings.prompt_timeout, 60);
	assert_int_equal(settings.conversations, 10);
	assert_int_equal(settings.conversations_per_user, 2);
	assert_int_equal(read_text("max_conversations_per_user = 3; "
	    "max_conversations = 11; max_user_conversations = 4;",
	    &settings), MFA_OK);
	assert_int_equal(settings.conversations, 11);
	assert_int_equal(settings.user_conversations, 4);
}

static void
every_key_about_security_keys_is_read(void **state)
{
	static const uint8_t second[FIDO_AAGUID_SIZE] = { 0x2f, 0xc0, 0x57,
		0x9f, 0x81, 0x13, 0x47, 0xea, 0xb1, 0x16, 0xbb, 0x5a, 0x8d,
		0xb9, 0x20, 0x2a };
	struct settings settings;

	(void)state;
	assert_int_equal(read_text("rp_id = \"pam://example.org\";\n"
	    "key_timeout = 120;\nuser_verification = \"required\";\n"
	    "attestation_roots = \"/etc/awsmfa/roots.pem\";\n"
	    "allowed_aaguids = (\"00000000-0000-0000-0000-000000000000\",\n"
	    "  \"2fc0579f-8113-47EA-b116-bb5a8db9202A\");\n"
	    "local_services = (\"kde\");\nkeys_for_remote = true;\n"
	    "account_services = (\"sshd\", \"login\");\n"
	    "ssh_verified_keys = (\"sshd\");\n"
	    "password_services = (\"bastion\");\n"
	    "single_factor_ok = (\"sshd-keys\");\n",
	    &settings), MFA_OK);
	assert_string_equal(settings.rp_id, "pam://example.org");
	assert_int_equal(settings.key_timeout, 120);
	assert_int_equal(settings.user_verification,
	    USER_VERIFICATION_REQUIRED);
	assert_string_equal(settings.attestation_roots,
	    "/etc/awsmfa/roots.pem");
	assert_int_equal(settings.aaguid_count, 2);
	assert_memory_equal(settings.aaguids[1], second, sizeof(second));
	assert_int_equal(settings.local_services.count, 1);
	assert_string_equal(settings.local_services.names[0], "kde");
	assert_true(settings.keys_for_remote);
	assert_true(settings_has_service(&settings.account_services, "login"));
	assert_false(settings_has_service(&settings.account_services, "sudo"));
	assert_false(settings_has_service(&settings.account_services, NULL));
	assert_true(settings_has_service(&settings.ssh_verified_keys, "sshd"));
	assert_true(settings_has_service(&settings.password_services,
	    "bastion"));
	assert_true(settings_has_service(&settings.single_factor_ok,
	    "sshd-keys"));
	assert_int_equal(read_text("user_verification = \"preferred\";\n"
	    "local_services = ();\nallowed_aaguids = [];\n"
	    "keys_for_remote = false;\n", &settings), MFA_OK);
	assert_int_equal(settings.user_verification,
	    USER_VERIFICATION_PREFERRED);
	assert_int_equal(settings.local_services.count, 0);
	assert_int_equal(settings.aaguid_count, 0);
}

static void
aaguids_without_roots_are_refused(void **state)
{
	(void)state;
	refuses("allowed_aaguids = "
	    "(\"2fc0579f-8113-47ea-b116-bb5a8db9202a\");\n",
	    "allowed_aaguids without attestation_roots");
	refuses("attestation_roots = \"\"; allowed_aaguids = "
	    "(\"2fc0579f-8113-47ea-b116-bb5a8db9202a\");\n",
	    "allowed_aaguids without attestation_roots");
}

static void
values_about_security_keys_outside_their_limits_are_refused(void **state)
{
	(void)state;
	refuses("rp_id = \"\";\n", "rp_id");
	refuses("rp_id = \"a b\";\n", "rp_id");
	refuses("rp_id = awsmfa;\n", ":1:");
	refuses("key_timeout = 4;\n", "key_timeout");
	refuses("key_timeout = 121;\n", "key_timeout");
	refuses("key_timeout = \"30\";\n", "key_timeout");
	refuses("user_verification = \"Required\";\n", "user_verification");
	refuses("user_verification = \"\";\n", "user_verification");
	refuses("user_verification = true;\n", "user_verification");
	refuses("attestation_roots = \"roots.pem\";\n",
	    "attestation_roots");
	refuses("attestation_roots = \"/a\nb\";\n", "attestation_roots");
	refuses("attestation_roots = (\"/a\");\n", "attestation_roots");
	refuses("keys_for_remote = 1;\n", "keys_for_remote");
	refuses("keys_for_remote = \"true\";\n", "keys_for_remote");
	refuses("local_services = \"login\";\n", "local_services");
	refuses("local_services = (\"login\", 1);\n", "local_services");
	refuses("local_services = (1, 2);\n", "local_services");
	refuses("local_services = (\"\");\n", "local_services");
	refuses("local_services = (\"../login\");\n", "local_services");
	refuses("local_services = (\".hidden\");\n", "local_services");
	refuses("local_services = { a = \"login\"; };\n", "local_services");
	refuses("local_services = ((\"login\"));\n", "local_services");
}

static void
aaguids_that_are_not_written_whole_are_refused(void **state)
{
	static const char *const bad[] = { "",
		"2fc0579f811347eab116bb5a8db9202a",
		"2fc0579f-8113-47ea-b116-bb5a8db9202",
		"2fc0579f-8113-47ea-b116-bb5a8db9202a0",
		"2fc0579f-8113-47ea-b116-bb5a8db9202g",
		"2fc0579f8-113-47ea-b116-bb5a8db9202a",
		"{2fc0579f-8113-47ea-b116-bb5a8db9202a}",
		"2fc0579f-8113-47ea-b116-bb5a-db9202a" };
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text), "attestation_roots = "
		    "\"/r\";\nallowed_aaguids = (\"%s\");\n", bad[i]);
		refuses(text, ":2: the value of \"allowed_aaguids\"");
	}
}

/* COUNT elements; each is ELEMENT. */
static char *
list_of(const char *name, const char *element, unsigned count)
{
	char *text = malloc(4096), *end;
	unsigned i;

	assert_non_null(text);
	end = text + sprintf(text, "attestation_roots = \"/r\"; %s = (", name);
	for (i = 0; i < count; i++)
		end += sprintf(end, "%s\"%s\"", i > 0 ? "," : "", element);
	strcpy(end, ");\n");
	return text;
}

static void
lists_have_their_limits(void **state)
{
	static const struct {
		const char	*name;
		unsigned	max;
		const char	*element;
	} lists[] = {
		{ "allowed_aaguids", AAGUIDS_MAX,
		    "2fc0579f-8113-47ea-b116-bb5a8db9202a" },
		{ "local_services", SERVICES_MAX,
		    "sssssssssssssssssssssssssssssssssssssssssssssssssssssssss"
		    "sssssss" },
	};
	struct settings settings;
	char *text;
	size_t i;

	(void)state;
	assert_int_equal(strlen(lists[1].element), SERVICE_NAME_SIZE - 1);
	for (i = 0; i < 2; i++) {
		text = list_of(lists[i].name, lists[i].element, lists[i].max);
		assert_int_equal(read_text(text, &settings), MFA_OK);
		free(text);
		text = list_of(lists[i].name, lists[i].element,
		    lists[i].max + 1);
		refuses(text, lists[i].name);
		free(text);
	}
	refuses("local_services = (\"sssssssssssssssssssssssssssssssssssssssss"
	    "ssssssssssssssssssssssss\");\n", "local_services");
}

static void
what_is_wrong_is_named_with_its_line(void **state)
{
	(void)state;
	refuses("\npromt = \"x\";\n", ":2: unknown setting \"promt\"");
	refuses("prompt_timeout = 301;\n", ":1: the value");
	refuses("prompt_timeout = \"60\";\n", "prompt_timeout");
	refuses("prompt_timeout = 4294967356;\n", "prompt_timeout");
	refuses("prompt_timeout = 60L;\n", "prompt_timeout");
	refuses("prompt_timeout = 0x10000003c;\n", "prompt_timeout");
	refuses("account_id = 123456789012;\n", "account_id");
	refuses("account_id = \"12345678901\";\n", "account_id");
	refuses("prompt = \"a\nb\";\n", "prompt");
	refuses("prompt = \"\";\n", "prompt");
	refuses("prompt = ;\n", ":1:");
	refuses("prompt = \"x\"; prompt = \"y\";\n", ":1:");
	refuses("@include \"/etc/shadow\"\n", "@include");
}

static void
files_that_are_not_roots_alone_are_refused(void **state)
{
	char link[sizeof(path) + 8];
	struct settings settings;

	(void)state;
	put("", 0, 0664);
	assert_int_equal(settings_read(path, true, &settings, &err),
	    MFA_INVALID_CONFIGURATION);
	put("", 0, 0644);
	(void)snprintf(link, sizeof(link), "%s.link", path);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(settings_read(link, true, &settings, &err),
	    MFA_INVALID_CONFIGURATION);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(mkfifo(link, 0644), 0);
	assert_int_equal(settings_read(link, true, &settings, &err),
	    MFA_INVALID_CONFIGURATION);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(chown(path, 1, 0), 0);
	assert_int_equal(settings_read(path, true, &settings, &err),
	    MFA_INVALID_CONFIGURATION);
	assert_int_equal(chown(path, 0, 0), 0);
}

static void
nul_and_oversized_files_are_refused(void **state)
{
	struct settings settings;
	char *big = malloc(SETTINGS_MAX + 1);

	(void)state;
	put("issuer = \"a\";\0x", 15, 0644);
	assert_int_equal(settings_read(path, true, &settings, &err),
	    MFA_INVALID_CONFIGURATION);
	assert_non_null(big);
	memset(big, '\n', SETTINGS_MAX + 1);
	put(big, SETTINGS_MAX + 1, 0644);
	assert_int_equal(settings_read(path, true, &settings, &err),
	    MFA_INVALID_CONFIGURATION);
	put(big, SETTINGS_MAX, 0644);
	assert_int_equal(settings_read(path, true, &settings, &err), MFA_OK);
	free(big);
}

static void
change_of_the_file_is_seen(void **state)
{
	struct settings settings;

	(void)state;
	assert_int_equal(read_text("issuer = \"a\";\n", &settings), MFA_OK);
	assert_true(settings_is_current(&settings, path));
	put("issuer = \"b\";\n", 14, 0644);
	assert_false(settings_is_current(&settings, path));
	assert_false(settings_is_current(&settings, "/nonexistent"));
	settings_default(&settings);
	assert_true(settings_is_current(&settings, "/nonexistent"));
	assert_false(settings_is_current(&settings, path));
}

static int
make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd == -1 ? -1 : close(fd);
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		  absent_file_gives_the_defaults_only_where_it_may_be_absent),
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(every_key_about_security_keys_is_read),
		cmocka_unit_test(aaguids_without_roots_are_refused),
		cmocka_unit_test(
		  values_about_security_keys_outside_their_limits_are_refused),
		cmocka_unit_test(
		    aaguids_that_are_not_written_whole_are_refused),
		cmocka_unit_test(lists_have_their_limits),
		cmocka_unit_test(what_is_wrong_is_named_with_its_line),
		cmocka_unit_test(files_that_are_not_roots_alone_are_refused),
		cmocka_unit_test(nul_and_oversized_files_are_refused),
		cmocka_unit_test(change_of_the_file_is_seen),
	};

	if (geteuid() != 0) {
		(void)printf("1..0 # SKIP needs root: the configuration must "
		    "be root's\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
