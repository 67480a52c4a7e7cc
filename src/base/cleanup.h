/*
 * Scope-bound ownership: a variable marked _cleanup_(f) has f called on its
 * address when it leaves scope; steal() gives the value away before that.
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#define _cleanup_(f)	__attribute__((__cleanup__(f)))
#define _must_check_	__attribute__((__warn_unused_result__))
#define _printf_(m, n)	__attribute__((__format__(__printf__, m, n)))

/* Returns *PTR and leaves NULL in its place. */
#define steal(ptr) __extension__({		\
	__typeof__(ptr) steal_from_ = (ptr);	\
	__typeof__(*steal_from_) steal_value_ = *steal_from_; \
	*steal_from_ = NULL;			\
	steal_value_;				\
})

/* free(3) for _cleanup_; NULL is fine. */
void	freep(void *ptr);

/* close(2) for _cleanup_; a negative descriptor is left alone. */
void	closep(int *fd);

#endif
