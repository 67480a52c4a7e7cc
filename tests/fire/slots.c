/*
 * slots flips|torn STRIDE USER SEED
 *
 * Signs USER in with two codes, so that the newer slot of the ledger knows both
 * as used and the older one the first alone. Then, again and again, damages the
 * ledger, and looks who is let in; USER has a token of 60 seconds with SEED.
 *
 *  flips  one bit of either slot, of every fourth octet; STRIDE 1: each
 *  torn   the newer slot, written up to an octet; every STRIDE-th
 *
 * Prints how many times, and "! WHAT" for what must not be.
 */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "fire/signin.h"

#define LEDGERS "/var/lib/awsmfa/ledger/"
#define SLOT	1024
#define STRIDE	4096
#define SIZE	8192

struct bench {
	const char *user;
	struct token token;
	int fd;
	int64_t step; /* of the first code */
	uint8_t begin[SIZE];
	uint8_t before[SIZE]; /* the second code was used */
	uint8_t after[SIZE];
	size_t newer; /* where the newer slot begins */
	unsigned tried;
	unsigned bad;
};

static void
get(const struct bench *bench, uint8_t image[static SIZE])
{
	if (pread(bench->fd, image, SIZE, 0) != SIZE)
		err(1, "the ledger");
}

static void
put(const struct bench *bench, const uint8_t image[static SIZE])
{
	if (pwrite(bench->fd, image, SIZE, 0) != SIZE)
		err(1, "the ledger");
}

static bool
lets_in(const struct bench *bench, int64_t step)
{
	char code[SIGNIN_CODE];

	token_code(&bench->token, step, code);
	return signin_try("mfa", bench->user, code, 0) == PAM_SUCCESS;
}

static void
expect(struct bench *bench, bool is, bool should, const char *code,
    const char *what, size_t at)
{
	if (is == should)
		return;
	printf("! %s at %zu: the %s code is %s\n", what, at, code,
	    is ? "let in" : "denied");
	bench->bad++;
}

/* Once a minute, as codes grow old. */
static void
prepare(struct bench *bench)
{
	if (bench->step == token_step(&bench->token))
		return;
	put(bench, bench->begin);
	bench->step = token_step(&bench->token);
	if (!lets_in(bench, bench->step))
		errx(1, "the first code is denied");
	get(bench, bench->before);
	if (!lets_in(bench, bench->step + 1))
		errx(1, "the second code is denied");
	get(bench, bench->after);
	bench->newer = memcmp(bench->before, bench->after, SLOT) != 0 ? 0
								      : STRIDE;
}

/*
 * The older slot rules where the newer one is not WHOLE, and the second code,
 * which it does not know, is the next good one, once.
 */
static void
look(struct bench *bench, bool whole, const char *what, size_t at)
{
	expect(bench, lets_in(bench, bench->step), false, "first", what, at);
	expect(bench, lets_in(bench, bench->step + 1), !whole, "second", what,
	    at);
	if (whole)
		expect(bench, lets_in(bench, bench->step + 2), true, "next",
		    what, at);
	else
		expect(bench, lets_in(bench, bench->step + 1), false,
		    "second, once more,", what, at);
	bench->tried++;
}

static void
flip(struct bench *bench, size_t slot, size_t bit)
{
	uint8_t image[SIZE];

	prepare(bench);
	memcpy(image, bench->after, SIZE);
	image[slot + bit / 8] ^= (uint8_t)(1U << bit % 8);
	put(bench, image);
	look(bench, slot != bench->newer, "a bit flipped", slot * 8 + bit);
}

static void
flips(struct bench *bench, size_t stride)
{
	size_t bit;

	/* 31: of every fourth octet one, and not always the same. */
	for (bit = 0; bit < (size_t)SLOT * 8; bit += stride == 1 ? 1 : 31) {
		flip(bench, 0, bit);
		flip(bench, STRIDE, bit);
	}
}

static void
torn(struct bench *bench, size_t stride)
{
	uint8_t image[SIZE];
	size_t at;

	for (at = 0; at <= SLOT; at += stride) {
		prepare(bench);
		memcpy(image, bench->before, SIZE);
		memcpy(image + bench->newer, bench->after + bench->newer, at);
		put(bench, image);
		look(bench, memcmp(image, bench->after, SIZE) == 0,
		    "written up to an octet", at);
		/* The other sectors first. */
		memcpy(image, bench->after, SIZE);
		memcpy(image + bench->newer, bench->before + bench->newer, at);
		put(bench, image);
		look(bench, memcmp(image, bench->after, SIZE) == 0,
		    "written from an octet on", at);
	}
}

int
main(int argc, char **argv)
{
	static struct bench bench;
	char path[256];

	if (argc != 5)
		errx(2, "see the head of slots.c");
	bench.user = argv[3];
	token_set(&bench.token, argv[4], 60);
	(void)snprintf(path, sizeof(path), LEDGERS "%s", bench.user);
	if ((bench.fd = open(path, O_RDWR | O_CLOEXEC)) == -1)
		err(1, "%s", path);
	get(&bench, bench.begin);
	if (strcmp(argv[1], "flips") == 0)
		flips(&bench, strtoul(argv[2], NULL, 10));
	else
		torn(&bench, strtoul(argv[2], NULL, 10));
	put(&bench, bench.begin);
	printf("%u\n", bench.tried);
	return bench.bad > 0;
}
