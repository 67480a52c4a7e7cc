/*
 * softkey [options] (--fd N | --device PATH | --pty PATH)
 * softkey --tell SOCKET COMMAND...
 *
 *   --fd N          reports on an open descriptor: each datagram 64 octets, or
 *                   65 with a leading 0; a stream has 65 each, as hidraw takes
 *   --bare          the stream has 64 each
 *   --device PATH   reports on a device: /dev/hidg0
 *   --pty PATH      makes a pty that is like a hidraw node, and a link to it
 *   --control PATH  takes commands on a socket: see "help" there
 *   --do COMMAND    does a command first; as often as wanted
 *   --unplugged     begins without being plugged in
 *   --seed HEX      the master key: the same seed is the same key (random)
 *   --batch NAME    who made it: the root of its attestations (softkey)
 *   --aaguid HEX    its AAGUID
 *   --root FILE     writes the root certificate to FILE (PEM)
 *   --with-parent   ends with its parent
 *
 * Prints "ready" when it is. Ends when the descriptor's other end is closed, or
 * by a signal. --tell sends one command and prints the answer.
 */
#include <sys/prctl.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/softkey_control.h"
#include "support/softkey_crypto.h"
#include "support/softkey_hex.h"
#include "support/softkey_link.h"
#include "support/softkey_pin.h"

#define COMMANDS_MAX	16

struct options {
	const char	*control;
	const char	*batch;
	const char	*root;
	bool		unplugged;
	char		*commands[COMMANDS_MAX];
	size_t		command_count;
};

static volatile sig_atomic_t ended;

static void
on_signal(int number)
{
	(void)number;
	ended = 1;
}

/* Signals arrive while polling only; RET_MASK is the mask for that. */
static void
take_signals(sigset_t *ret_mask)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked;

	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGTERM);
	(void)sigaddset(&blocked, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &blocked, NULL);
	(void)sigemptyset(ret_mask);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

enum {
	OPT_FD = 256, OPT_BARE, OPT_DEVICE, OPT_PTY, OPT_CONTROL, OPT_DO,
	OPT_UNPLUGGED, OPT_SEED, OPT_BATCH, OPT_AAGUID, OPT_ROOT,
	OPT_WITH_PARENT
};

static const struct option long_options[] = {
	{ "fd",			required_argument,	NULL, OPT_FD },
	{ "bare",		no_argument,		NULL, OPT_BARE },
	{ "device",		required_argument,	NULL, OPT_DEVICE },
	{ "pty",		required_argument,	NULL, OPT_PTY },
	{ "control",		required_argument,	NULL, OPT_CONTROL },
	{ "do",			required_argument,	NULL, OPT_DO },
	{ "unplugged",		no_argument,		NULL, OPT_UNPLUGGED },
	{ "seed",		required_argument,	NULL, OPT_SEED },
	{ "batch",		required_argument,	NULL, OPT_BATCH },
	{ "aaguid",		required_argument,	NULL, OPT_AAGUID },
	{ "root",		required_argument,	NULL, OPT_ROOT },
	{ "with-parent",	no_argument,	NULL, OPT_WITH_PARENT },
	{ NULL,			0,			NULL, 0 }
};

static void
set_link(struct softkey_link *link, enum link_kind kind, const char *path)
{
	if (link->path != NULL)
		errx(2, "one of --fd, --device and --pty only");
	link->kind = kind;
	link->path = path;
	if (kind == LINK_FD)
		link->fd = (int)strtol(path, NULL, 10);
}

static void
set_option(struct softkey *key, struct options *options, int option)
{
	switch (option) {
	case OPT_FD:
		set_link(key->link, LINK_FD, optarg);
		return;
	case OPT_DEVICE:
		set_link(key->link, LINK_DEVICE, optarg);
		return;
	case OPT_PTY:
		set_link(key->link, LINK_PTY, optarg);
		return;
	case OPT_BARE:
		key->link->is_bare = true;
		return;
	case OPT_CONTROL:
		options->control = optarg;
		return;
	case OPT_UNPLUGGED:
		options->unplugged = true;
		return;
	case OPT_BATCH:
		options->batch = optarg;
		return;
	case OPT_ROOT:
		options->root = optarg;
		return;
	case OPT_WITH_PARENT:
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		return;
	case OPT_DO:
		if (options->command_count == COMMANDS_MAX)
			errx(2, "too many --do");
		options->commands[options->command_count++] = optarg;
		return;
	case OPT_SEED:
		if (hex_seed(optarg, key->master))
			return;
		errx(2, "--seed takes 1 to 64 octets in hexadecimal");
	case OPT_AAGUID:
		if (hex_parse(optarg, key->batch.aaguid, SOFTKEY_AAGUID_SIZE))
			return;
		errx(2, "--aaguid takes 16 octets in hexadecimal");
	default:
		errx(2, "see the top of tests/support/softkey_main.c");
	}
}

static void
do_commands(struct softkey *key, const struct options *options)
{
	const char *why;

	for (size_t i = 0; i < options->command_count; i++)
		if ((why = switch_run(key, options->commands[i])) != NULL)
			errx(2, "--do: %s", why);
}

static int
poll_timeout(const struct softkey *key)
{
	int64_t left = hid_next(key) - softkey_now();

	if (hid_next(key) == SOFTKEY_NEVER)
		return -1;
	return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static bool
wait_for_something(const struct softkey *key, struct pollfd *polled,
    const sigset_t *mask)
{
	int ms = poll_timeout(key);
	const struct timespec timeout = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};

	if (ppoll(polled, CONTROL_CLIENTS_MAX + 2, ms < 0 ? NULL : &timeout,
		mask) >= 0)
		return true;
	if (errno != EINTR)
		err(1, "ppoll");
	return false;
}

/* False when the host is gone for good. */
static bool
serve_link(struct softkey *key)
{
	uint8_t report[SOFTKEY_REPORT_SIZE];
	enum link_result result;

	while (key->link->fd >= 0) {
		result = link_read(key->link, report);
		if (result != LINK_REPORT)
			return result != LINK_GONE;
		hid_report(key, report);
	}
	return true;
}

static void
serve(struct softkey *key, struct control *control, const sigset_t *mask)
{
	struct pollfd polled[CONTROL_CLIENTS_MAX + 2];

	while (!ended) {
		control_poll(control, polled + 1);
		polled[0] = (struct pollfd) {
			.fd = key->link->fd,
			.events = POLLIN,
		};
		if (!wait_for_something(key, polled, mask))
			continue;
		if (polled[0].revents != 0 && !serve_link(key))
			break;
		control_serve(control, key, polled + 1);
		hid_tick(key);
	}
}

static void
run(struct softkey *key, const struct options *options)
{
	struct control control;
	sigset_t mask;

	take_signals(&mask);
	batch_make(&key->batch, options->batch, options->root);
	switches_default(&key->switches);
	pin_clear(&key->pin);
	softkey_power_cycle(key);
	do_commands(key, options);
	control_open(&control, options->control);
	if (!options->unplugged && !link_plug(key->link))
		err(1, "%s", key->link->path);
	puts("ready");
	(void)fflush(stdout);
	serve(key, &control, &mask);
	control_close(&control);
	link_unplug(key->link);
	pkey_freep(&key->pin.agreement);
	pkey_freep(&key->batch.key);
}

int
main(int argc, char **argv)
{
	static struct softkey_link link = { .fd = -1, .slave = -1 };
	static struct softkey key = {
		.link = &link,
		.batch.aaguid = "softkey aaguid 1",
	};
	struct options options = { .batch = "softkey" };
	int option;

	if (argc > 3 && strcmp(argv[1], "--tell") == 0)
		return control_tell(argv[2], argv + 3);
	crypto_random(key.master, sizeof(key.master));
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		set_option(&key, &options, option);
	if (link.path == NULL || optind != argc)
		errx(2, "see the top of tests/support/softkey_main.c");
	run(&key, &options);
	return 0;
}
