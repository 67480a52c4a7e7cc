/* Match blocks of sshd_config, as doctor finds them in an image. */
#include <sys/stat.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor/sshd_config.h"

#define MAIN	"/etc/ssh/sshd_config"
#define FOLDER	"/etc/ssh/sshd_config.d/"

static char root[] = "/tmp/awsmfa-test.XXXXXX";
static char found[2048];

static int
make_root(void **state)
{
	char path[256];

	(void)state;
	strcpy(root + sizeof(root) - 7, "XXXXXX");
	if (mkdtemp(root) == NULL)
		return -1;
	found[0] = '\0';
	(void)snprintf(path, sizeof(path), "%s/etc", root);
	if (mkdir(path, 0755) == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/etc/ssh", root);
	if (mkdir(path, 0755) == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "%s" FOLDER, root);
	return mkdir(path, 0755);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int
remove_root(void **state)
{
	(void)state;
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void
write_file(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s%s", root, name);
	assert_non_null(file = fopen(path, "w"));
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
note(void *world, const struct sshd_match *match)
{
	size_t len = strlen(found);

	(void)world;
	(void)snprintf(found + len, sizeof(found) - len, "%s:%u: %s: %s\n",
	    match->file, match->line, match->criteria, match->keyword);
}

static void
assert_found(const char *expected)
{
	sshd_matches(root, MAIN, note, NULL);
	assert_string_equal(found, expected);
}

static void
block_that_sets_what_matters_is_found_once(void **state)
{
	(void)state;
	write_file(MAIN,
	    "PasswordAuthentication no\n"
	    "\n"
	    "  Match User alice,bob # a comment\n"
	    "\tX11Forwarding no\n"
	    "\tPermitRootLogin=yes\n"
	    "\tPasswordAuthentication yes\n"
	    "MATCH Address 10.0.0.0/8\n"
	    "AllowTcpForwarding no\n"
	    "Match all\n"
	    "authenticationmethods\t\"publickey\"\n");
	assert_found(MAIN ":3: User alice,bob : PermitRootLogin\n" MAIN
			  ":9: all: authenticationmethods\n");
}

static void
what_is_outside_of_blocks_is_not_found(void **state)
{
	(void)state;
	write_file(MAIN,
	    "# Match User alice\n"
	    "PermitRootLogin\n"
	    "Matching yes\n"
	    "PermitRootLogin yes");
	assert_found("");
}

static void
included_files_are_read_in_order(void **state)
{
	(void)state;
	write_file(MAIN, "Include sshd_config.d/*.conf  /etc/ssh/none\n");
	write_file(FOLDER "20.conf", "Match Group b\nUsePAM no\n"
				     "PubkeyAuthentication no\n");
	write_file(FOLDER "10.conf", "Match Group a\nPermitRootLogin no\n");
	write_file(FOLDER "30.off", "Match Group c\nPermitRootLogin no\n");
	write_file(FOLDER ".40.conf", "Match Group d\nPermitRootLogin no\n");
	assert_found(FOLDER "10.conf:1: Group a: PermitRootLogin\n" FOLDER
			    "20.conf:1: Group b: PubkeyAuthentication\n");
}

/* Its own block ends with the file, and the one around it goes on. */
static void
file_included_in_a_block_belongs_to_it(void **state)
{
	(void)state;
	write_file(MAIN,
	    "Match User alice\n"
	    "Include " FOLDER "in.conf\n"
	    "PermitRootLogin no\n");
	write_file(FOLDER "in.conf",
	    "KbdInteractiveAuthentication no\n"
	    "Match User bob\n"
	    "PermitRootLogin yes\n");
	assert_found(MAIN ":1: User alice: KbdInteractiveAuthentication\n"
		     FOLDER "in.conf:2: User bob: PermitRootLogin\n"
		     MAIN ":1: User alice: PermitRootLogin\n");
}

static void
file_that_includes_itself_ends(void **state)
{
	const char *line = FOLDER "a.conf:1: all: PermitRootLogin\n", *p = found;
	size_t count = 0;

	(void)state;
	write_file(MAIN, "Include sshd_config.d/a.conf\n");
	write_file(FOLDER "a.conf",
	    "Match all\n"
	    "PermitRootLogin yes\n"
	    "Include sshd_config.d/a.conf\n");
	sshd_matches(root, MAIN, note, NULL);
	while ((p = strstr(p, line)) != NULL) {
		p += strlen(line);
		count++;
	}
	assert_in_range(count, 1, 16);
}

static void
file_of_the_root_folder_is_read(void **state)
{
	(void)state;
	write_file(MAIN, "Include /top*\n");
	write_file("/top.conf", "Match User alice\nPermitRootLogin yes\n");
	assert_found("/top.conf:1: User alice: PermitRootLogin\n");
}

static void
nothing_is_found_where_there_is_no_file(void **state)
{
	(void)state;
	assert_found("");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    block_that_sets_what_matters_is_found_once, make_root,
		    remove_root),
		cmocka_unit_test_setup_teardown(
		    what_is_outside_of_blocks_is_not_found, make_root,
		    remove_root),
		cmocka_unit_test_setup_teardown(
		    included_files_are_read_in_order, make_root, remove_root),
		cmocka_unit_test_setup_teardown(
		    file_included_in_a_block_belongs_to_it, make_root,
		    remove_root),
		cmocka_unit_test_setup_teardown(file_that_includes_itself_ends,
		    make_root, remove_root),
		cmocka_unit_test_setup_teardown(file_of_the_root_folder_is_read,
		    make_root, remove_root),
		cmocka_unit_test_setup_teardown(
		    nothing_is_found_where_there_is_no_file, make_root,
		    remove_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
