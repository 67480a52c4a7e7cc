#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/snapshot.h"

extern char **environ;

static void
add(char *text, size_t size, const char *fmt, ...)
    __attribute__((__format__(__printf__, 3, 4)));

static void
add(char *text, size_t size, const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text + len, size - len, fmt, ap);
	va_end(ap);
}

/* By number and not by opendir(3), which needs a descriptor of its own. */
static void
take_descriptors(struct snapshot *s)
{
	char path[64], target[PATH_MAX];
	ssize_t n;
	int fd;

	for (fd = 0; fd < 4096; fd++) {
		if (fcntl(fd, F_GETFD) == -1)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, target, sizeof(target) - 1);
		target[n < 0 ? 0 : n] = '\0';
		add(s->descriptors, sizeof(s->descriptors), "%d %d %d %s\n", fd,
		    fcntl(fd, F_GETFD), fcntl(fd, F_GETFL), target);
	}
}

static void
take_ids(struct snapshot *s)
{
	gid_t groups[64];
	uid_t r, e, v;
	gid_t rg, eg, sg;
	int n, i;

	(void)getresuid(&r, &e, &v);
	(void)getresgid(&rg, &eg, &sg);
	add(s->ids, sizeof(s->ids), "%d %d %d %d %d %d pid %d %d %d", r, e, v,
	    rg, eg, sg, getpid(), getpgid(0), getsid(0));
	n = getgroups(64, groups);
	for (i = 0; i < n; i++)
		add(s->ids, sizeof(s->ids), " %d", groups[i]);
}

static void
take_timers(struct snapshot *s)
{
	static const int timers[] = { ITIMER_REAL, ITIMER_VIRTUAL,
		ITIMER_PROF };
	struct itimerval timer;
	size_t i;

	for (i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
		(void)getitimer(timers[i], &timer);
		add(s->timers, sizeof(s->timers), "%d ",
		    timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0);
	}
}

static void
take_limits(struct snapshot *s)
{
	struct rlimit limit;
	int i;

	for (i = 0; i < RLIM_NLIMITS; i++) {
		(void)getrlimit(i, &limit);
		add(s->limits, sizeof(s->limits), "%d %lld %lld ", i,
		    (long long)limit.rlim_cur, (long long)limit.rlim_max);
	}
	add(s->limits, sizeof(s->limits), "nice %d",
	    getpriority(PRIO_PROCESS, 0));
}

static void
take_threads(struct snapshot *s)
{
	struct stat st;

	/* A link for each thread, and two. */
	(void)stat("/proc/self/task", &st);
	add(s->threads, sizeof(s->threads), "%lu", (unsigned long)st.st_nlink);
}

void
snapshot_take(struct snapshot *ret)
{
	siginfo_t info = { 0 };
	char **e;
	int n, sig;

	memset(ret, 0, sizeof(*ret));
	take_descriptors(ret);
	for (e = environ; *e != NULL; e++)
		add(ret->environment, sizeof(ret->environment), "%s\n", *e);
	add(ret->locale, sizeof(ret->locale), "%s", setlocale(LC_ALL, NULL));
	(void)!getcwd(ret->cwd, sizeof(ret->cwd));
	take_ids(ret);
	take_timers(ret);
	take_limits(ret);
	take_threads(ret);
	ret->mask = umask(0);
	(void)umask(ret->mask);
	(void)sigprocmask(SIG_BLOCK, NULL, &ret->blocked);
	for (sig = 1; sig < _NSIG; sig++)
		(void)sigaction(sig, NULL, &ret->actions[sig]);
	/* Any child, of whatever kind, dead or alive. */
	n = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL);
	add(ret->children, sizeof(ret->children), "%d %s", n,
	    n == -1 ? strerrorname_np(errno) : "some");
}

static const char *
signals_differ(const struct snapshot *a, const struct snapshot *b)
{
	int sig;

	for (sig = 1; sig < _NSIG; sig++) {
		if (sigismember(&a->blocked, sig) !=
		    sigismember(&b->blocked, sig))
			return "signal mask";
		if (a->actions[sig].sa_handler != b->actions[sig].sa_handler ||
		    a->actions[sig].sa_flags != b->actions[sig].sa_flags)
			return "signal handlers";
	}
	return NULL;
}

const char *
snapshot_differ(const struct snapshot *a, const struct snapshot *b)
{
	static char what[SNAPSHOT_TEXT];
	const struct {
		const char	*name;
		const char	*before;
		const char	*after;
	} texts[] = {
		{ "descriptors", a->descriptors, b->descriptors },
		{ "environment", a->environment, b->environment },
		{ "locale", a->locale, b->locale },
		{ "working directory", a->cwd, b->cwd },
		{ "ids", a->ids, b->ids },
		{ "children", a->children, b->children },
		{ "timers", a->timers, b->timers },
		{ "threads", a->threads, b->threads },
		{ "limits", a->limits, b->limits },
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(texts[i].before, texts[i].after) == 0)
			continue;
		snprintf(what, sizeof(what), "%s: before:\n%s\nafter:\n%s",
		    texts[i].name, texts[i].before, texts[i].after);
		return what;
	}
	if (a->mask != b->mask)
		return "umask";
	return signals_differ(a, b);
}
