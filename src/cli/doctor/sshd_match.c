/* Match blocks in sshd_config and in what it includes. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor/root.h"
#include "cli/doctor/sshd_config.h"

#define DEPTH_MAX	16	/* as sshd has it */
#define BLANK		" \t\r\""

static const char *const keywords[] = { "authenticationmethods",
	"kbdinteractiveauthentication", "challengeresponseauthentication",
	"passwordauthentication", "pubkeyauthentication", "pubkeyauthoptions",
	"hostbasedauthentication", "gssapiauthentication",
	"kerberosauthentication", "permitrootlogin" };

struct search {
	const char	*root;
	void		(*found)(void *world, const struct sshd_match *match);
	void		*world;
};

static void read_file(const struct search *s, const char *path,
    const struct sshd_match *outer, unsigned depth);

static bool
matters(const char *keyword)
{
	size_t i;

	for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (strcasecmp(keywords[i], keyword) == 0)
			return true;
	return false;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The files in FOLDER, "" being /, whose names match PATTERN, in order. */
static void
read_matching(const struct search *s, const char *folder, const char *pattern,
    const struct sshd_match *outer, unsigned depth)
{
	int fd = root_open(s->root, *folder != '\0' ? folder : "/",
	    O_RDONLY | O_DIRECTORY);
	char *names[256], path[1024];
	const struct dirent *entry;
	size_t count = 0, i;
	DIR *dir;

	if (fd < 0)
		return;
	if ((dir = fdopendir(fd)) == NULL) {
		(void)close(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL && count < 256)
		if (fnmatch(pattern, entry->d_name, FNM_PERIOD) == 0 &&
		    (names[count] = strdup(entry->d_name)) != NULL)
			count++;
	(void)closedir(dir);
	qsort(names, count, sizeof(*names), compare);
	for (i = 0; i < count; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		free(names[i]);
		read_file(s, path, outer, depth + 1);
	}
}

/* "Include /etc/ssh/sshd_config.d/\*.conf ..." */
static void
include(const struct search *s, char *rest, const struct sshd_match *outer,
    unsigned depth)
{
	char path[512], *word, *slash;

	while ((word = strsep(&rest, BLANK)) != NULL) {
		if (*word == '\0')
			continue;
		(void)snprintf(path, sizeof(path), "%s%s",
		    word[0] == '/' ? "" : "/etc/ssh/", word);
		slash = strrchr(path, '/');
		*slash = '\0';
		read_matching(s, path, slash + 1, outer, depth);
	}
}

/* One line: what it says of the block, CURRENT, that it is in or begins. */
static void
read_line(const struct search *s, char *line, struct sshd_match *current,
    unsigned depth)
{
	char *rest = line + strspn(line, BLANK), *keyword;

	rest[strcspn(rest, "#\n")] = '\0';
	keyword = strsep(&rest, " \t=");
	if (rest == NULL || *keyword == '\0')
		return;
	rest += strspn(rest, BLANK "=");
	if (strcasecmp(keyword, "match") == 0) {
		(void)snprintf(current->criteria, sizeof(current->criteria),
		    "%s", rest);
		current->keyword[0] = '\0';
	} else if (strcasecmp(keyword, "include") == 0) {
		include(s, rest, current, depth);
	} else if (matters(keyword) && current->criteria[0] != '\0' &&
	    current->keyword[0] == '\0') {
		(void)snprintf(current->keyword, sizeof(current->keyword), "%s",
		    keyword);
		s->found(s->world, current);
	}
}

static void
read_file(const struct search *s, const char *path,
    const struct sshd_match *outer, unsigned depth)
{
	_cleanup_(freep) char *text = NULL;
	struct sshd_match current = *outer;
	struct mfa_error err = { 0 };
	char *rest, *line;
	unsigned number = 0;
	size_t len;

	if (depth > DEPTH_MAX ||
	    root_read(s->root, path, &text, &len, &err) != MFA_OK)
		return;
	rest = text;
	while ((line = strsep(&rest, "\n")) != NULL) {
		number++;
		line += strspn(line, BLANK);
		if (strncasecmp(line, "match", 5) == 0 &&
		    strchr(" \t=", line[5]) != NULL) {
			(void)snprintf(current.file, sizeof(current.file), "%s",
			    path);
			current.line = number;
		}
		read_line(s, line, &current, depth);
	}
}

void
sshd_matches(const char *root, const char *path,
    void (*found)(void *world, const struct sshd_match *match), void *world)
{
	const struct search search = { root, found, world };
	const struct sshd_match none = { 0 };

	read_file(&search, path, &none, 0);
}
