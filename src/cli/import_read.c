#include <sys/prctl.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/secret.h"
#include "cli/import_read.h"

#define OUT	3	/* the child's end of the pipe */
#define CHUNK	4096

void
import_content_clear(struct import_content *content)
{
	secret_free(content->text);
	*content = (struct import_content){ .len = 0 };
}

enum mfa_code
import_reader_set(struct import_reader *reader, const char *name, uid_t uid,
    gid_t gid, struct mfa_error *err)
{
	int count = IMPORT_GROUPS_MAX;

	if (getgrouplist(name, gid, reader->groups, &count) < 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s is in more than %d groups", name, IMPORT_GROUPS_MAX);
	reader->group_count = count;
	reader->uid = uid;
	reader->gid = gid;
	return MFA_OK;
}

/* The child becomes the reader, with nothing but its end of the pipe. */
static bool
become(const struct import_reader *reader, int fd)
{
	uid_t real, effective, saved;

	if (dup2(fd, OUT) < 0 || close_range(OUT + 1, ~0U, 0) < 0)
		return false;
	if (setgroups((size_t)reader->group_count, reader->groups) < 0 ||
	    setresgid(reader->gid, reader->gid, reader->gid) < 0 ||
	    setresuid(reader->uid, reader->uid, reader->uid) < 0)
		return false;
	/* The user must not look into what is root's memory still. */
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return getresuid(&real, &effective, &saved) == 0 &&
	    real == reader->uid && effective == reader->uid &&
	    saved == reader->uid;
}

static bool
put(const void *data, size_t len)
{
	const char *at = data;
	ssize_t n;

	while (len > 0) {
		n = write(OUT, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

/* At most one octet more than may be, by which the parent sees it. */
static void
copy(int fd, size_t max)
{
	char chunk[CHUNK];
	size_t left = max + 1, want;
	ssize_t n;

	while (left > 0) {
		want = left < sizeof(chunk) ? left : sizeof(chunk);
		n = read(fd, chunk, want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || !put(chunk, (size_t)n))
			return;
		left -= (size_t)n;
	}
}

/* An error, which may be none, and then the octets. */
static void
serve(const struct import_reader *reader, const char *path, int pipe_fd)
{
	const struct file_trust trust = { reader->uid, 0, reader->forbidden };
	struct mfa_error err = { .code = MFA_OK };
	int fd = -1;

	if (!become(reader, pipe_fd))
		_exit(1);
	(void)!file_open(AT_FDCWD, path, O_RDONLY, &trust, &fd, &err);
	if (put(&err, sizeof(err)) && fd >= 0)
		copy(fd, reader->max);
	_exit(0);
}

static int64_t
now_ms(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Fills LEN octets, or as many as come; -1 where that takes too long. */
static ssize_t
take(int fd, void *ret, size_t len, int64_t deadline)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	size_t done = 0;
	int64_t left;
	ssize_t n;

	while (done < len) {
		left = deadline - now_ms();
		if (left <= 0 || poll(&pfd, 1, (int)left) == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		n = read(fd, (char *)ret + done, len - done);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n == 0)
			break;
		if (n > 0)
			done += (size_t)n;
	}
	return (ssize_t)done;
}

static enum mfa_code
take_content(int fd, const struct import_reader *reader, const char *path,
    struct import_content *ret, struct mfa_error *err)
{
	_cleanup_(import_content_clear) struct import_content content = { 0 };
	int64_t deadline = now_ms() + IMPORT_READ_MS;
	struct mfa_error said;
	ssize_t n;

	n = take(fd, &said, sizeof(said), deadline);
	if (n != sizeof(said))
		return mfa_error_set(err, MFA_SERVICE_FAILURE,
		    n < 0 ? errno : 0, "%s: it could not be read", path);
	said.detail[sizeof(said.detail) - 1] = '\0';
	if (said.code != MFA_OK)
		return mfa_error_set(err,
		    said.code == MFA_NO_SUCH_ENTITY ? MFA_NO_SUCH_ENTITY
						    : MFA_SERVICE_FAILURE,
		    0, "%s", said.detail);
	if ((content.text = secret_malloc(reader->max + 1)) == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, ENOMEM, "%s",
		    path);
	n = take(fd, content.text, reader->max + 1, deadline);
	if (n < 0 || (size_t)n > reader->max)
		return mfa_error_set(err, MFA_SERVICE_FAILURE,
		    n < 0 ? errno : EFBIG, "%s", path);
	content.len = (size_t)n;
	content.text[n] = '\0';
	if (memchr(content.text, '\0', content.len) != NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s: a NUL is in it", path);
	*ret = content;
	content.text = NULL;
	return MFA_OK;
}

static void
flatten(struct import_content *content)
{
	unsigned char c;
	size_t i;

	for (i = 0; i < content->len; i++) {
		c = (unsigned char)content->text[i];
		if ((c < ' ' && c != '\t' && c != '\r' && c != '\n') || c > '~')
			content->text[i] = '?';
	}
}

enum mfa_code
import_read(const struct import_reader *reader, const char *path,
    struct import_content *ret, struct mfa_error *err)
{
	_cleanup_(closep) int from = -1;
	enum mfa_code code;
	int fds[2];
	pid_t child;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno, "pipe");
	from = fds[0];
	child = fork();
	if (child == 0)
		serve(reader, path, fds[1]);
	closep(&fds[1]);
	if (child < 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno, "fork");
	code = take_content(from, reader, path, ret, err);
	kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	if (code == MFA_OK)
		flatten(ret);
	return code;
}
