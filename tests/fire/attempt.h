/* One try to sign in through PAM, in this process. */
#ifndef FIRE_ATTEMPT_H
#define FIRE_ATTEMPT_H

/* What the host was told. */
enum told {
	TOLD_IN,
	TOLD_DENIED,
	TOLD_OTHER,
	TOLDS
};

/* "in", "denied", "other" */
const char	*told_name(enum told told);

/*
 * Signs USER in through SERVICE, and answers each prompt with CODE. At the
 * first prompt, AT_PROMPT is called before that. Has there been none, it is
 * called in the end. (NULL: not at all.)
 */
enum told	attempt(const char *service, const char *user, const char *code,
		    void (*at_prompt)(void *arg), void *arg);

#endif
