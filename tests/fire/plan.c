/* The endpoint's side of the plan; see plan.h. */
#include <sys/mman.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "endpoint/endpoint.h"
#include "fire/plan.h"

static struct plan *plan;	/* NULL: nothing fails */
static unsigned where = PLAN_AROUND;
static bool failing;		/* the call was reached in this process */

void	*__real_malloc(size_t size);
void	*__real_realloc(void *old, size_t size);
void	__real_serve(struct endpoint *endpoint, int fd);
void	__wrap_serve(struct endpoint *endpoint, int fd);

static void
note(const char *name)
{
	unsigned i;

	for (i = 0; i < plan->seen_count; i++) {
		if (strcmp(plan->seen[i], name) == 0)
			return;
	}
	if (i == PLAN_SEEN)
		abort();
	(void)snprintf(plan->seen[i], PLAN_NAME, "%s", name);
	plan->seen_count++;
}

bool
plan_take(const char *name, unsigned hows)
{
	unsigned call;

	if (plan == NULL || plan->ordinal == 0 || (plan->where & where) == 0 ||
	    (hows & PLAN_BIT(plan->how)) == 0)
		return false;
	if (plan->only[0] != '\0' && strcmp(plan->only, name) != 0)
		return false;
	if (plan->ordinal == PLAN_NONE)
		note(name);
	call = __atomic_add_fetch(&plan->calls, 1, __ATOMIC_SEQ_CST);
	if (call == plan->ordinal) {
		(void)snprintf(plan->failed, sizeof(plan->failed), "%s", name);
		return failing = true;
	}
	return plan->how == PLAN_LASTING && failing && call > plan->ordinal &&
	    strcmp(plan->failed, name) == 0;
}

enum plan_how
plan_how(void)
{
	return plan->how;
}

void
plan_say(const char *line)
{
	if (plan == NULL)
		return;
	plan->said_count++;
	(void)snprintf(plan->said, sizeof(plan->said), "%s", line);
}

static unsigned
count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned n = 0;

	while (folder != NULL && readdir(folder) != NULL)
		n++;
	if (folder != NULL)
		(void)closedir(folder);
	return n;
}

void
__wrap_serve(struct endpoint *endpoint, int fd)
{
	unsigned before, after;

	where = 0;
	before = count_descriptors();
	where = PLAN_CONVERSATION;
	__real_serve(endpoint, fd);
	where = 0;
	after = count_descriptors();
	if (plan != NULL && after > before)
		plan->leaked += after - before;
}

static void *
crypto_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return plan_take("libcrypto's malloc", PLAN_BIT(PLAN_CRYPTO)) ? NULL
	    : __real_malloc(size);
}

static void *
crypto_realloc(void *old, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return plan_take("libcrypto's realloc", PLAN_BIT(PLAN_CRYPTO)) ? NULL
	    : __real_realloc(old, size);
}

static void
crypto_free(void *old, const char *file, int line)
{
	(void)file;
	(void)line;
	free(old);
}

__attribute__((constructor)) static void
plan_begin(void)
{
	int fd = open(PLAN_PATH, O_RDWR | O_CLOEXEC);
	void *map;

	if (fd == -1)
		return;
	map = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0);
	(void)close(fd);
	if (map == MAP_FAILED || CRYPTO_set_mem_functions(crypto_malloc,
	    crypto_realloc, crypto_free) != 1)
		abort();
	plan = map;
}

/* Of the sanitizers, where it is built with them: what they find is a file. */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *
__asan_default_options(void)
{
	return "log_path=/run/bed/sanitizer/report:allocator_may_return_null=1:"
	       "detect_leaks=1";
}

const char *
__ubsan_default_options(void)
{
	return "log_path=/run/bed/sanitizer/report:print_stacktrace=1";
}
