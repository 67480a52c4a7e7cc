/* Memory: the endpoint's, jansson's, and that of libconfig, linked in. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fire/calls.h"

#define MEMORY "memory"

#define WRAP_MEMORY(name, parameters, arguments)			\
	void *__real_##name parameters;					\
	void *__wrap_##name parameters;					\
	void *								\
	__wrap_##name parameters					\
	{								\
		if (!plan_take(MEMORY, AT_ONCE))			\
			return __real_##name arguments;			\
		errno = ENOMEM;						\
		return NULL;						\
	}

WRAP_MEMORY(malloc, (size_t size), (size))
WRAP_MEMORY(calloc, (size_t count, size_t size), (count, size))
WRAP_MEMORY(realloc, (void *old, size_t size), (old, size))
WRAP_MEMORY(reallocarray, (void *old, size_t count, size_t size),
    (old, count, size))
WRAP_MEMORY(strdup, (const char *text), (text))
WRAP_MEMORY(strndup, (const char *text, size_t size), (text, size))
WRAP_MEMORY(open_memstream, (char **text, size_t *size), (text, size))

int	__wrap_asprintf(char **ret, const char *format, ...);
int	__wrap___asprintf_chk(char **ret, int flag, const char *format, ...);

int
__wrap_asprintf(char **ret, const char *format, ...)
{
	va_list ap;
	int n;

	if (plan_take(MEMORY, AT_ONCE))
		return -1;
	va_start(ap, format);
	n = vasprintf(ret, format, ap);
	va_end(ap);
	return n;
}

int
__wrap___asprintf_chk(char **ret, int flag, const char *format, ...)
{
	va_list ap;
	int n;

	(void)flag;
	if (plan_take(MEMORY, AT_ONCE))
		return -1;
	va_start(ap, format);
	n = vasprintf(ret, format, ap);
	va_end(ap);
	return n;
}

/* A stream in memory fails as its buffer grows, and remembers it (glibc's). */
#define WRAP_STREAM(type, name, parameters, arguments, failed)		\
	type __real_##name parameters;					\
	type __wrap_##name parameters;					\
	type								\
	__wrap_##name parameters					\
	{								\
		if (!plan_take(#name, AT_ONCE))				\
			return __real_##name arguments;			\
		stream->_flags |= 0x20;					\
		errno = ENOMEM;						\
		return failed;						\
	}

WRAP_STREAM(int, fputs, (const char *text, FILE *stream), (text, stream), EOF)
WRAP_STREAM(int, fputc, (int c, FILE *stream), (c, stream), EOF)
WRAP_STREAM(size_t, fwrite,
    (const void *data, size_t size, size_t count, FILE *stream),
    (data, size, count, stream), 0)
WRAP(int, fclose, (FILE *stream), (stream), PLAN_BIT(PLAN_LATE), EOF, ENOMEM)

int	__wrap___fprintf_chk(FILE *stream, int flag, const char *format, ...);
int	__wrap_fprintf(FILE *stream, const char *format, ...);

static int
print(FILE *stream, const char *format, va_list ap)
{
	if (!plan_take("fprintf", AT_ONCE))
		return vfprintf(stream, format, ap);
	stream->_flags |= 0x20;
	return -1;
}

int
__wrap___fprintf_chk(FILE *stream, int flag, const char *format, ...)
{
	va_list ap;
	int n;

	(void)flag;
	va_start(ap, format);
	n = print(stream, format, ap);
	va_end(ap);
	return n;
}

int
__wrap_fprintf(FILE *stream, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = print(stream, format, ap);
	va_end(ap);
	return n;
}
