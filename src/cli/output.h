/*
 * What an operation answered, as `aws` prints it: JSON, text (tab-separated
 * lines) or a table.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/cleanup.h"

enum output_format { OUTPUT_JSON, OUTPUT_TEXT, OUTPUT_TABLE };

/* "json", "text", "table"; false for anything else. */
bool	output_format_parse(const char *name, enum output_format *ret)
	    _must_check_;

/*
 * Prints RESULT (an object; an empty one prints nothing). TITLE is the
 * operation's name, for tables, which are at most WIDTH columns wide where that
 * is possible. Text from elsewhere is sanitised; JSON is ASCII where
 * ASCII_ONLY. False where there is no memory; errors of OUT stay in OUT.
 */
bool	output_print(FILE *out, enum output_format format, const char *title,
	    unsigned width, bool ascii_only, const json_t *result)
	    _must_check_;

/* The three formats, for output_print(). */
bool	output_print_text(FILE *out, const json_t *result) _must_check_;
bool	output_print_table(FILE *out, const char *title, unsigned width,
	    const json_t *result) _must_check_;

/*
 * A string, number or bool as text of its own (secret_malloc(3) memory),
 * sanitised; NULL where there is no memory. VALUE may be NULL: "".
 */
char	*output_scalar(const json_t *value);
bool	output_is_scalar(const json_t *value);
/* The names of an object's scalars (or of the others), sorted; NULL-ended. */
const char	**output_keys(const json_t *object, bool scalars);
/* The names of all scalars in an array's objects, sorted; NULL-ended. */
const char	**output_all_keys(const json_t *array);

#endif
