/*
 * Runs a fuzz target, "replay_TARGET", without a fuzzer: every file of its
 * corpus, and mutations of each, the same ones at every run. A seed whose name
 * begins with "valid" must be accepted, and no other. What begins with "found"
 * is of a fuzzer's, for what it reaches: it and a few mutations are survived.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define PREFIX		"replay_"
#define FOUND_SHARE	50	/* of as many mutations a seed's share is one */
#define SEED_MAX	(16 * 1024)
#define GROWTH		64
#define FOLDER_MAX	4000

static unsigned points, failed;

static void
ok(bool well, const char *what, const char *name)
{
	printf("%s %u - %s %s\n", well ? "ok" : "not ok", ++points, name, what);
	failed += !well;
	fflush(stdout);
}

static size_t
load(const char *folder, const char *name, uint8_t octets[static SEED_MAX])
{
	char path[FOLDER_MAX + 300];
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if ((file = fopen(path, "re")) == NULL)
		err(1, "%s", path);
	len = fread(octets, 1, SEED_MAX, file);
	if (ferror(file) || !feof(file))
		errx(1, "%s: can't be read, or is too long", path);
	fclose(file);
	return len;
}

/* From its own memory, so that a sanitizer sees what is read beyond it. */
static void
run(const uint8_t *octets, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	if (copy == NULL)
		err(1, NULL);
	memcpy(copy, octets, len);
	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static size_t
below(size_t n)
{
	return n > 0 ? (size_t)random() % n : 0;
}

/* One change to the LEN octets; the length that they have then. */
static size_t
mutate(uint8_t *octets, size_t len)
{
	static const uint8_t edges[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	size_t at = below(len), n = below(len - at) + 1;

	if (len == 0)
		return 0;
	switch (random() % 6) {
	case 0:
		octets[at] ^= (uint8_t)(1 << random() % 8);
		return len;
	case 1:
		octets[at] = (uint8_t)random();
		return len;
	case 2:
		octets[at] = edges[below(sizeof(edges))];
		return len;
	case 3:
		return at;
	case 4:
		memmove(octets + at, octets + at + n, len - at - n);
		return len - n;
	default:
		n = n > GROWTH ? GROWTH : n;
		memmove(octets + at + n, octets + at, len - at);
		return len + n;
	}
}

static void
replay_mutations(const uint8_t *seed, size_t len, unsigned count)
{
	static uint8_t octets[SEED_MAX + 4 * GROWTH];
	size_t changes, i, n;

	srandom(1);
	for (i = 0; i < count; i++) {
		memcpy(octets, seed, n = len);
		for (changes = 1 + below(4); changes > 0; changes--)
			n = mutate(octets, n);
		run(octets, n);
	}
}

static void
replay(const char *folder, const char *name)
{
	static uint8_t seed[SEED_MAX];
	size_t len = load(folder, name, seed);
	bool valid = strncmp(name, "valid", 5) == 0;

	printf("# %s\n", name);
	fflush(stdout);
	run(seed, len);
	ok(fuzz_skipped || fuzz_accepted == valid, fuzz_skipped ?
	    "# SKIP not root" : valid ? "is accepted" : "is refused", name);
	replay_mutations(seed, len, fuzz_mutations);
	ok(true, "is survived in its mutations", name);
}

static bool
is_found(const char *name)
{
	return strncmp(name, "found", 5) == 0;
}

/* One point for all of them. */
static void
replay_found(const char *folder, struct dirent **entries, int n)
{
	static uint8_t seed[SEED_MAX];
	size_t len;
	int i;

	for (i = 0; i < n; i++) {
		if (!is_found(entries[i]->d_name))
			continue;
		printf("# %s\n", entries[i]->d_name);
		fflush(stdout);
		len = load(folder, entries[i]->d_name, seed);
		run(seed, len);
		replay_mutations(seed, len, fuzz_mutations / FOUND_SHARE);
	}
	ok(true, "is survived", "what was found");
}

static int
is_seed(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Of this program's own name, which libtool may put something before. */
static const char *
target(void)
{
	const char *name = strstr(program_invocation_short_name, PREFIX);

	if (name == NULL)
		errx(1, "is not called %sTARGET", PREFIX);
	return name + strlen(PREFIX);
}

int
main(void)
{
	const char *top = getenv("top_srcdir");
	struct dirent **entries;
	char folder[FOLDER_MAX];
	int i, n;

	snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s",
	    top != NULL ? top : ".", target());
	if ((n = scandir(folder, &entries, is_seed, alphasort)) < 0)
		err(1, "%s", folder);
	for (i = 0; i < n; i++) {
		if (!is_found(entries[i]->d_name))
			replay(folder, entries[i]->d_name);
	}
	replay_found(folder, entries, n);
	for (i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	ok(n > 0, "has seeds", target());
	printf("1..%u\n", points);
	return failed > 0;
}
