#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "folder.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define BIG		20000	/* octets: more than one block */

static enum mfa_code
try_open(const char *name, const struct file_trust *trust)
{
	struct mfa_error err = { .code = MFA_OK };
	enum mfa_code code;
	int fd = -42;

	code = file_open(folder_fd, name, O_RDONLY, trust, &fd, &err);
	if (code == MFA_OK) {
		assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
		close(fd);
	} else {
		assert_int_equal(fd, -42);
		assert_int_equal(err.code, code);
		assert_string_not_equal(err.detail, "");
	}
	return code;
}

static void
a_private_regular_file_is_opened(void **state)
{
	struct mfa_error err;
	int fd;

	(void)state;
	folder_put("f", "x", 1, 0600);
	assert_int_equal(try_open("f", &folder_mine), MFA_OK);
	assert_int_equal(file_open(folder_fd, "f", O_RDWR, &folder_mine, &fd,
	    &err), MFA_OK);
	assert_int_equal(pwrite(fd, "y", 1, 0), 1);
	close(fd);
	folder_assert("f", "y");
}

static void
only_a_missing_file_is_no_such_entity(void **state)
{
	(void)state;
	assert_int_equal(try_open("missing", &folder_mine), MFA_NO_SUCH_ENTITY);
	folder_put("f", "x", 1, 0600);
	assert_int_equal(symlinkat("missing", folder_fd, "dangling"), 0);
	assert_int_equal(try_open("dangling", &folder_mine),
	    MFA_SERVICE_FAILURE);
}

static void
a_symbolic_link_is_refused(void **state)
{
	(void)state;
	folder_put("f", "x", 1, 0600);
	assert_int_equal(symlinkat("f", folder_fd, "link"), 0);
	assert_int_equal(try_open("link", &folder_mine), MFA_SERVICE_FAILURE);
}

static void
a_fifo_is_refused_without_waiting(void **state)
{
	struct mfa_error err;
	int fd;

	(void)state;
	assert_int_equal(mkfifoat(folder_fd, "fifo", 0600), 0);
	assert_int_equal(try_open("fifo", &folder_mine), MFA_SERVICE_FAILURE);
	assert_int_equal(file_open(folder_fd, "fifo", O_RDWR, &folder_mine,
	    &fd, &err), MFA_SERVICE_FAILURE);
	assert_int_equal(file_open(folder_fd, "fifo", O_WRONLY, &folder_mine,
	    &fd, &err), MFA_SERVICE_FAILURE);
}

static void
folders_sockets_and_devices_are_no_files(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct file_trust root = { 0, 0, 0 };
	struct mfa_error err;
	int fd, s;

	(void)state;
	assert_int_equal(mkdirat(folder_fd, "d", 0700), 0);
	assert_int_equal(try_open("d", &folder_mine), MFA_SERVICE_FAILURE);
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/s",
	    folder_path);
	assert_int_equal(bind(s, (struct sockaddr *)&address,
	    sizeof(address)), 0);
	assert_int_equal(try_open("s", &folder_mine), MFA_SERVICE_FAILURE);
	close(s);
	assert_int_equal(file_open(AT_FDCWD, "/dev/null", O_RDONLY, &root,
	    &fd, &err), MFA_SERVICE_FAILURE);
}

static void
a_second_hard_link_is_refused(void **state)
{
	(void)state;
	folder_put("f", "x", 1, 0600);
	assert_int_equal(linkat(folder_fd, "f", folder_fd, "g", 0), 0);
	assert_int_equal(try_open("f", &folder_mine), MFA_SERVICE_FAILURE);
	assert_int_equal(try_open("g", &folder_mine), MFA_SERVICE_FAILURE);
	assert_int_equal(unlinkat(folder_fd, "g", 0), 0);
	assert_int_equal(try_open("f", &folder_mine), MFA_OK);
}

static void
another_owner_is_refused(void **state)
{
	struct file_trust other = folder_mine, too = folder_mine;

	(void)state;
	folder_put("f", "x", 1, 0600);
	other.owner = other.owner_too = getuid() + 1;
	assert_int_equal(try_open("f", &other), MFA_SERVICE_FAILURE);
	too.owner = getuid() + 1;
	assert_int_equal(try_open("f", &too), MFA_OK);
	if (getuid() != 0)
		return;
	assert_int_equal(fchownat(folder_fd, "f", 12345, 12345, 0), 0);
	assert_int_equal(try_open("f", &folder_mine), MFA_SERVICE_FAILURE);
}

static void
an_open_mode_is_refused(void **state)
{
	static const mode_t bad[] = {
		0640, 0604, 0620, 0602, 0610, 0601, 0666, 0777,
	};
	struct file_trust readable = folder_mine;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		folder_put("f", "x", 1, bad[i]);
		assert_int_equal(try_open("f", &folder_mine),
		    MFA_SERVICE_FAILURE);
	}
	readable.forbidden = 0022;
	folder_put("f", "x", 1, 0644);
	assert_int_equal(try_open("f", &readable), MFA_OK);
	folder_put("f", "x", 1, 0664);
	assert_int_equal(try_open("f", &readable), MFA_SERVICE_FAILURE);
}

static void
a_name_does_not_leave_its_folder(void **state)
{
	static const char *const names[] = {
		"", ".", "..", "/", "../f", "d/f", "/etc/passwd", "./f",
	};
	struct mfa_error err;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		assert_int_equal(try_open(names[i], &folder_mine),
		    MFA_SERVICE_FAILURE);
		assert_int_equal(file_open_dir(folder_fd, names[i],
		    &folder_mine, &fd, &err), MFA_SERVICE_FAILURE);
		assert_int_equal(file_create(folder_fd, names[i], "x", 1, &err),
		    MFA_SERVICE_FAILURE);
		assert_int_equal(file_replace(folder_fd, names[i], "x", 1,
		    &err), MFA_SERVICE_FAILURE);
		assert_int_equal(file_remove(folder_fd, names[i], &err),
		    MFA_SERVICE_FAILURE);
	}
	assert_int_equal(folder_count(), 0);
}

static void
a_folder_must_be_a_private_folder(void **state)
{
	struct file_trust other = folder_mine;
	struct mfa_error err;
	int fd = -42;

	(void)state;
	other.owner = other.owner_too = getuid() + 1;
	folder_put("f", "x", 1, 0600);
	assert_int_equal(mkdirat(folder_fd, "d", 0700), 0);
	assert_int_equal(symlinkat("d", folder_fd, "link"), 0);
	assert_int_equal(file_open_dir(folder_fd, "missing", &folder_mine, &fd,
	    &err), MFA_NO_SUCH_ENTITY);
	assert_int_equal(file_open_dir(folder_fd, "f", &folder_mine, &fd, &err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(file_open_dir(folder_fd, "link", &folder_mine, &fd,
	    &err), MFA_SERVICE_FAILURE);
	assert_int_equal(file_open_dir(folder_fd, "d", &other, &fd, &err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(fchmodat(folder_fd, "d", 0750, 0), 0);
	assert_int_equal(file_open_dir(folder_fd, "d", &folder_mine, &fd, &err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(fd, -42);
	assert_int_equal(fchmodat(folder_fd, "d", 0700, 0), 0);
	assert_int_equal(file_open_dir(folder_fd, "d", &folder_mine, &fd, &err),
	    MFA_OK);
	close(fd);
}

static enum mfa_code
read_at_most(const char *name, size_t max, size_t *ret_len)
{
	struct mfa_error err;
	enum mfa_code code;
	char *text = NULL;
	int fd;

	assert_int_equal(file_open(folder_fd, name, O_RDONLY, &folder_mine,
	    &fd, &err), MFA_OK);
	code = file_read_text(fd, name, max, &text, ret_len, &err);
	if (code == MFA_OK)
		assert_int_equal(strlen(text), *ret_len);
	else
		assert_null(text);
	free(text);
	close(fd);
	return code;
}

static void
text_is_read_whole_up_to_its_limit(void **state)
{
	char big[BIG];
	size_t len = 42;

	(void)state;
	memset(big, 'x', sizeof(big));
	folder_put("f", big, sizeof(big), 0600);
	assert_int_equal(read_at_most("f", BIG - 1, &len), MFA_SERVICE_FAILURE);
	assert_int_equal(read_at_most("f", 0, &len), MFA_SERVICE_FAILURE);
	assert_int_equal(read_at_most("f", SIZE_MAX, &len),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(len, 42);
	assert_int_equal(read_at_most("f", BIG, &len), MFA_OK);
	assert_int_equal(len, BIG);
	folder_put("f", "", 0, 0600);
	assert_int_equal(read_at_most("f", 0, &len), MFA_OK);
	assert_int_equal(len, 0);
}

static void
a_nul_in_a_text_is_refused(void **state)
{
	size_t len;

	(void)state;
	folder_put("f", "abc\0def", 7, 0600);
	assert_int_equal(read_at_most("f", 100, &len), MFA_SERVICE_FAILURE);
	folder_put("f", "abc\0", 4, 0600);
	assert_int_equal(read_at_most("f", 100, &len), MFA_SERVICE_FAILURE);
	folder_put("f", "\0", 1, 0600);
	assert_int_equal(read_at_most("f", 100, &len), MFA_SERVICE_FAILURE);
}

static void
what_can_not_be_read_is_a_service_failure(void **state)
{
	struct mfa_error err;
	char *text = NULL;
	size_t len;

	(void)state;
	assert_int_equal(file_read_text(folder_fd, "folder", 10, &text, &len,
	    &err), MFA_SERVICE_FAILURE);
	assert_int_equal(err.sys_errno, EISDIR);
	assert_int_equal(file_read_text(-1, "closed", 10, &text, &len, &err),
	    MFA_SERVICE_FAILURE);
	assert_null(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(a_private_regular_file_is_opened),
		FOLDER_TEST(only_a_missing_file_is_no_such_entity),
		FOLDER_TEST(a_symbolic_link_is_refused),
		FOLDER_TEST(a_fifo_is_refused_without_waiting),
		FOLDER_TEST(folders_sockets_and_devices_are_no_files),
		FOLDER_TEST(a_second_hard_link_is_refused),
		FOLDER_TEST(another_owner_is_refused),
		FOLDER_TEST(an_open_mode_is_refused),
		FOLDER_TEST(a_name_does_not_leave_its_folder),
		FOLDER_TEST(a_folder_must_be_a_private_folder),
		FOLDER_TEST(text_is_read_whole_up_to_its_limit),
		FOLDER_TEST(a_nul_in_a_text_is_refused),
		FOLDER_TEST(what_can_not_be_read_is_a_service_failure),
	};

	return cmocka_run_group_tests_name("file", tests, folder_setup,
	    folder_remove);
}
