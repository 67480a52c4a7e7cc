#include <string.h>

#include "policy/scalar.h"

#define DAY INT64_C(86400) /* seconds */

struct reading {
	int64_t year;
	int64_t month;
	int64_t day;
	int64_t seconds; /* of the day, less the zone's offset */
	int32_t billionths;
};

/* Exactly N digits, from MIN to MAX; *S moves on. */
static bool
read_number(const char **s, size_t n, int64_t min, int64_t max, int64_t *ret)
{
	int64_t number = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if ((*s)[i] < '0' || (*s)[i] > '9')
			return false;
		number = number * 10 + ((*s)[i] - '0');
	}
	if (number < min || number > max)
		return false;
	*s += n;
	*ret = number;
	return true;
}

static bool
read_after(const char **s, char before, int64_t min, int64_t max, int64_t *ret)
{
	if (**s != before)
		return false;
	++*s;
	return read_number(s, 2, min, max, ret);
}

static bool
read_fraction(const char **s, int32_t *ret)
{
	int32_t number = 0, unit = 100000000;

	if (**s == '.') {
		if ((*s)[1] < '0' || (*s)[1] > '9')
			return false;
		/* What is smaller than a billionth is cut off. */
		for (++*s; **s >= '0' && **s <= '9'; ++*s, unit /= 10)
			number += unit * (**s - '0');
	}
	*ret = number;
	return true;
}

/* "Z", "+01:00" */
static bool
read_zone(const char **s, int64_t *ret_offset)
{
	int64_t hours, minutes;
	char sign = **s;

	if (sign == 'Z') {
		++*s;
		*ret_offset = 0;
		return true;
	}
	if ((sign != '+' && sign != '-') || !read_after(s, sign, 0, 23, &hours))
		return false;
	if (!read_after(s, ':', 0, 59, &minutes))
		return false;
	*ret_offset = (hours * 60 + minutes) * (sign == '-' ? -60 : 60);
	return true;
}

/* What follows the "T". */
static bool
read_time(const char **s, struct reading *reading)
{
	int64_t hour, minute, second = 0, offset;

	if (!read_after(s, 'T', 0, 23, &hour) ||
	    !read_after(s, ':', 0, 59, &minute))
		return false;
	if (**s == ':' &&
	    (!read_after(s, ':', 0, 59, &second) ||
		!read_fraction(s, &reading->billionths)))
		return false;
	if (!read_zone(s, &offset))
		return false;
	reading->seconds = (hour * 60 + minute) * 60 + second - offset;
	return true;
}

static bool
is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t
days_of_month(int64_t year, int64_t month)
{
	static const int64_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01, in the Gregorian calendar. */
static int64_t
days_since_epoch(const struct reading *reading)
{
	int64_t year, month, days = reading->day - 1;

	for (month = 1; month < reading->month; month++)
		days += days_of_month(reading->year, month);
	/* Whole years before this one, from year 0, which is a leap year. */
	year = reading->year - 1;
	if (reading->year > 0)
		days += 366 + year * 365 + year / 4 - year / 100 + year / 400;
	return days - 719528; /* 1970-01-01 */
}

static bool
read_date(const char **s, struct reading *reading)
{
	if (!read_number(s, 4, 0, 9999, &reading->year))
		return false;
	if (**s == '\0')
		return true;
	if (!read_after(s, '-', 1, 12, &reading->month))
		return false;
	if (**s == '\0')
		return true;
	if (!read_after(s, '-', 1, days_of_month(reading->year, reading->month),
		&reading->day))
		return false;
	return **s == '\0' || read_time(s, reading);
}

bool
moment_parse(const char *text, struct decimal *ret)
{
	struct reading reading = { .month = 1, .day = 1 };
	const char *s = text;

	if (!read_date(&s, &reading) || *s != '\0')
		return decimal_parse(text, ret);
	ret->whole = days_since_epoch(&reading) * DAY + reading.seconds;
	ret->billionths = reading.billionths;
	return true;
}
