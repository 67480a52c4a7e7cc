/*
 * Finding the key's node: which is opened, what is waited for. Files stand for
 * nodes, as devices can't be made here.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "key/hidraw.h"
#include "wire/frame.h"

#define LATER_MS 60
#define FUZZ	 20000

static char folder[24];
static char path[3][KEYMSG_NODE_MAX + 1];
static struct keymsg_request request;
static struct keymsg_answer answer;
static struct keymsg_progress progress;
static struct dialogue dialogue;
static struct node node;
static pid_t other;
static int endpoint;

/* A file that root may open too only if it has the mode. */
static enum keymsg_error
open_file(struct node *ret, struct keymsg_answer *a)
{
	struct stat st;

	if (stat(ret->path, &st) == -1)
		return answer_fail(a, KEY_GONE, "%s", strerror(errno));
	if ((st.st_mode & S_IRUSR) == 0)
		return answer_fail(a, KEY_FAILED, "no access");
	if ((ret->fd = open(ret->path, O_RDWR | O_CLOEXEC)) == -1)
		return answer_fail(a, KEY_FAILED, "%s", strerror(errno));
	return KEY_OK;
}

static struct node_source source = { folder, "hidraw", open_file };

static int
setup(void **state)
{
	int fds[2];
	size_t i;

	(void)state;
	strcpy(folder, "/tmp/nodes.XXXXXX");
	assert_non_null(mkdtemp(folder));
	for (i = 0; i < 3; i++)
		(void)snprintf(path[i], sizeof(path[i]), "%s/hidraw%zu",
		    folder, i);
	memset(&request, 0, sizeof(request));
	memset(&answer, 0, sizeof(answer));
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	endpoint = fds[1];
	dialogue = (struct dialogue){ .fd = fds[0],
		.deadline = wire_now() + 20000 };
	node = (struct node){ .fd = -1 };
	other = 0;
	return 0;
}

static int
teardown(void **state)
{
	size_t i;

	(void)state;
	if (other > 0)
		(void)waitpid(other, NULL, 0);
	for (i = 0; i < 3; i++)
		(void)unlink(path[i]);
	(void)rmdir(folder);
	closep(&node.fd);
	closep(&dialogue.fd);
	closep(&endpoint);
	return 0;
}

static void
plug(size_t i, mode_t mode)
{
	int fd = open(path[i], O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode);

	assert_int_not_equal(fd, -1);
	close(fd);
}

static enum keymsg_error
find(void)
{
	return node_find(&source, &request, &dialogue, &node, &answer);
}

/* Does the process that goes on in the background? True in it. */
static bool
is_other(void)
{
	other = fork();
	assert_int_not_equal(other, -1);
	if (other == 0)
		(void)poll(NULL, 0, LATER_MS);
	return other == 0;
}

static void
waiting_is_said(void)
{
	struct mfa_error err;
	bool is_answer;

	assert_int_equal(keymsg_receive(endpoint, wire_now() + 20000, &is_answer,
			     &progress, &answer, &err),
	    MFA_OK);
	assert_false(is_answer);
	assert_int_equal(progress.status, KEY_STATUS_WAITING);
}

static void
named_node_is_opened(void **state)
{
	(void)state;
	plug(1, 0600);
	strcpy(request.node, path[1]);
	assert_int_equal(find(), KEY_OK);
	assert_string_equal(node.path, path[1]);
	assert_true(node.fd > 2);
}

static void
named_node_that_is_gone_is_told(void **state)
{
	(void)state;
	strcpy(request.node, path[1]);
	assert_int_equal(find(), KEY_GONE);
	assert_int_equal(node.fd, -1);
}

static void
other_names_are_refused(void **state)
{
	static const char *const names[] = { "/etc/passwd", "hidraw0",
		"/hidraw", "/hidrawx", "/hidraw0x", "/hidraw0/",
		"/hidraw0/../hidraw0", "/../hidraw0", "//hidraw0", "/sda1",
		"/hidraw-1", "/hidraw 0" };
	size_t i;

	(void)state;
	plug(0, 0600);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(request.node, sizeof(request.node), "%s%s",
		    i < 2 ? "" : folder, names[i]);
		if (find() != KEY_FAILED)
			fail_msg("%s is a node", request.node);
	}
}

static void
node_that_is_there_is_taken_at_once(void **state)
{
	(void)state;
	plug(2, 0600);
	assert_int_equal(find(), KEY_OK);
	assert_string_equal(node.path, path[2]);
	waiting_is_said();
}

static void
node_of_others_is_left_alone(void **state)
{
	(void)state;
	plug(0, 0600);
	plug(1, 0600);
	request.node_count = 2;
	strcpy(request.nodes[0], path[1]);
	strcpy(request.nodes[1], path[0]);
	dialogue.deadline = wire_now() + LATER_MS;
	assert_int_equal(find(), KEY_TIMEOUT);
}

static void
node_is_waited_for(void **state)
{
	(void)state;
	plug(0, 0600);
	request.node_count = 1;
	strcpy(request.nodes[0], path[0]);
	if (is_other()) {
		plug(1, 0600);
		_exit(0);
	}
	assert_int_equal(find(), KEY_OK);
	assert_string_equal(node.path, path[1]);
	assert_string_equal(answer.text, "");
}

static void
node_is_opened_once_udev_gave_access(void **state)
{
	(void)state;
	plug(0, 0);
	if (is_other()) {
		(void)chmod(path[0], 0600);
		_exit(0);
	}
	assert_int_equal(find(), KEY_OK);
	assert_int_equal(answer.error, KEY_OK);
	assert_string_equal(answer.text, "");
}

static void
other_files_are_no_nodes(void **state)
{
	char name[128];

	(void)state;
	(void)snprintf(name, sizeof(name), "%s/sda", folder);
	if (is_other()) {
		close(open(name, O_CREAT | O_WRONLY, 0600));
		_exit(0);
	}
	dialogue.deadline = wire_now() + 2 * LATER_MS;
	assert_int_equal(find(), KEY_TIMEOUT);
	(void)waitpid(other, NULL, 0);
	other = 0;
	assert_int_equal(unlink(name), 0);
}

static void
waiting_ends_when_the_endpoint_hangs_up(void **state)
{
	(void)state;
	if (is_other())
		_exit(0);
	closep(&endpoint); /* the other process has it for a while */
	endpoint = -1;
	assert_int_equal(find(), KEY_CANCELLED);
	assert_true(dialogue.is_over);
}

static void
hidraw_is_a_character_device(void **state)
{
	struct node n = { .fd = -1 };

	(void)state;
	plug(0, 0600);
	strcpy(n.path, path[0]);
	assert_int_equal(hidraw_source.open(&n, &answer), KEY_FAILED);
	strcpy(n.path, "/dev/null");
	assert_int_equal(hidraw_source.open(&n, &answer), KEY_UNSUPPORTED);
	strcpy(n.path, path[2]);
	assert_int_equal(hidraw_source.open(&n, &answer), KEY_GONE);
	assert_int_equal(symlink("/dev/null", path[1]), 0);
	strcpy(n.path, path[1]);
	assert_int_equal(hidraw_source.open(&n, &answer), KEY_FAILED);
	assert_int_equal(n.fd, -1);
}

static const uint8_t fido_descriptor[] = { 0x06, 0xd0, 0xf1, 0x09, 0x01, 0xa1,
	0x01, 0x09, 0x20, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40,
	0x81, 0x02, 0x09, 0x21, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95,
	0x40, 0x91, 0x02, 0xc0 };

static void
fido_key_is_known_by_its_descriptor(void **state)
{
	static const uint8_t keyboard[] = { 0x05, 0x01, 0x09, 0x06, 0xa1, 0x01,
		0x05, 0x07, 0xc0 };
	static const uint8_t other_usage[] = { 0x06, 0xd0, 0xf1, 0x09, 0x02,
		0xa1, 0x01, 0xc0 };
	static const uint8_t no_collection[] = { 0x06, 0xd0, 0xf1, 0x09, 0x01 };
	static const uint8_t long_item[] = { 0x06, 0xd0, 0xf1, 0x09, 0x01, 0xa1,
		0x01, 0xfe, 0x00, 0x00, 0xc0 };

	(void)state;
	assert_true(hidraw_is_fido(fido_descriptor, sizeof(fido_descriptor)));
	assert_false(hidraw_is_fido(keyboard, sizeof(keyboard)));
	assert_false(hidraw_is_fido(other_usage, sizeof(other_usage)));
	assert_false(hidraw_is_fido(no_collection, sizeof(no_collection)));
	assert_false(hidraw_is_fido(long_item, sizeof(long_item)));
	assert_false(hidraw_is_fido(keyboard, 0));
	/* Within an item: the page's two octets, the last item's one. */
	assert_false(hidraw_is_fido(fido_descriptor, 2));
	assert_false(hidraw_is_fido(fido_descriptor, 32));
}

/* With the sanitizers: no octet outside is read. */
static void
random_descriptors_do_no_harm(void **state)
{
	uint8_t *copy;
	size_t i, len;

	(void)state;
	srandom(1);
	for (i = 0; i < FUZZ; i++) {
		len = (size_t)random() % (sizeof(fido_descriptor) + 1);
		assert_non_null(copy = malloc(len + 1));
		memcpy(copy, fido_descriptor, len);
		if (len > 0)
			copy[(size_t)random() % len] = (uint8_t)random();
		assert_non_null(copy = realloc(copy, len == 0 ? 1 : len));
		(void)hidraw_is_fido(copy, len);
		free(copy);
	}
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(named_node_is_opened),
		TEST(named_node_that_is_gone_is_told),
		TEST(other_names_are_refused),
		TEST(node_that_is_there_is_taken_at_once),
		TEST(node_of_others_is_left_alone),
		TEST(node_is_waited_for),
		TEST(node_is_opened_once_udev_gave_access),
		TEST(other_files_are_no_nodes),
		TEST(waiting_ends_when_the_endpoint_hangs_up),
		TEST(hidraw_is_a_character_device),
		TEST(fido_key_is_known_by_its_descriptor),
		TEST(random_descriptors_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
