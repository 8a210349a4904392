/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/values.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MS_PER_SECOND = 1000, SECONDS_PER_DAY = 86400 };

static const int64_t longest_ms = INT64_C(100) * 365 * SECONDS_PER_DAY * MS_PER_SECOND;
static const int64_t latest_ms = INT64_C(253402300799999); /* the year 9999 */

bool value_number(const char *text, int64_t min, int64_t max, int64_t *out)
{
	const char *digits = text[0] == '-' ? text + 1 : text;
	long long number;

	if (!digits[0] || strspn(digits, "0123456789") != strlen(digits))
		return false;
	errno = 0;
	number = strtoll(text, NULL, 10);
	if (errno || number < min || number > max)
		return false;
	*out = number;
	return true;
}

static const struct {
	const char *name;
	int64_t ms;
} units[] = {
	{"ms", 1},
	{"s", MS_PER_SECOND},
	{"", MS_PER_SECOND},
	{"m", INT64_C(60) * MS_PER_SECOND},
	{"h", INT64_C(3600) * MS_PER_SECOND},
	{"d", INT64_C(86400) * MS_PER_SECOND},
};

bool value_duration(const char *text, int64_t *ms)
{
	size_t whole = strspn(text, "0123456789");
	size_t part = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
	const char *unit = text + whole + (part ? part + 1 : 0);
	double number;

	if (!whole || whole > 15)
		return false;
	number = strtod(text, NULL);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(unit, units[i].name) != 0)
			continue;
		number = number * (double)units[i].ms + 0.5;
		if (number > (double)longest_ms)
			return false;
		*ms = (int64_t)number;
		return true;
	}
	return false;
}

/* Two digits or more, exactly `digits`. */
static bool take_digits(const char **at, size_t digits, int *out)
{
	int number = 0;

	for (size_t i = 0; i < digits; i++) {
		if (!isdigit((unsigned char)(*at)[i]))
			return false;
		number = number * 10 + (*at)[i] - '0';
	}
	*at += digits;
	*out = number;
	return true;
}

static bool take_char(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

/* Days since 1970 of a date of the Gregorian calendar. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = y / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool take_date(const char **at, int64_t *days)
{
	static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year, month, day;

	if (!(take_digits(at, 4, &year) && take_char(at, '-') && take_digits(at, 2, &month) &&
	      take_char(at, '-') && take_digits(at, 2, &day)))
		return false;
	if (month < 1 || month > 12 || day < 1 || day > lengths[month - 1])
		return false;
	if (month == 2 && day == 29 && (year % 4 || (year % 100 == 0 && year % 400)))
		return false;
	*days = days_of(year, month, day);
	return true;
}

/* ".5": so many ms; digits beyond the third are dropped. */
static bool take_fraction(const char **at, int *ms)
{
	int scale = 100;

	*ms = 0;
	if (!take_char(at, '.'))
		return true;
	if (!isdigit((unsigned char)**at))
		return false;
	for (; isdigit((unsigned char)**at); (*at)++) {
		*ms += (**at - '0') * scale;
		scale /= 10;
	}
	return true;
}

static bool take_zone(const char **at, int64_t *offset_ms)
{
	int hours, minutes;
	bool is_west = **at == '-';

	*offset_ms = 0;
	if (!**at || take_char(at, 'Z') || take_char(at, 'z'))
		return true;
	if (**at != '+' && !is_west)
		return false;
	(*at)++;
	if (!(take_digits(at, 2, &hours) && take_char(at, ':') && take_digits(at, 2, &minutes)) ||
	    hours > 23 || minutes > 59)
		return false;
	*offset_ms = (hours * 60 + minutes) * INT64_C(60000) * (is_west ? -1 : 1);
	return true;
}

static bool take_clock(const char **at, int64_t *ms)
{
	int hours, minutes, seconds, fraction;
	int64_t zone;

	if (!(take_char(at, 'T') || take_char(at, 't') || take_char(at, ' ')))
		return false;
	if (!(take_digits(at, 2, &hours) && take_char(at, ':') && take_digits(at, 2, &minutes) &&
	      take_char(at, ':') && take_digits(at, 2, &seconds) && take_fraction(at, &fraction)))
		return false;
	if (hours > 23 || minutes > 59 || seconds > 60 || !take_zone(at, &zone))
		return false;
	*ms = (hours * INT64_C(3600) + minutes * 60 + seconds) * MS_PER_SECOND + fraction - zone;
	return true;
}

static bool rfc_3339(const char *text, int64_t *ms)
{
	const char *at = text;
	int64_t days, clock = 0;

	if (!take_date(&at, &days) || (*at && !take_clock(&at, &clock)) || *at)
		return false;
	*ms = days * SECONDS_PER_DAY * MS_PER_SECOND + clock;
	return *ms >= 0;
}

bool value_time(const char *text, int64_t now_ms, int64_t *ms)
{
	int64_t span;

	if (strcmp(text, "now") == 0) {
		*ms = now_ms;
		return true;
	}
	if ((text[0] == '-' || text[0] == '+') && value_duration(text + 1, &span)) {
		span = text[0] == '-' ? now_ms - span : now_ms + span;
		if (span < 0 || span > latest_ms)
			return false;
		*ms = span;
		return true;
	}
	return value_number(text, 0, INT64_C(9999999999999), ms) || rfc_3339(text, ms);
}

static int hex_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What stands behind a backslash. */
static bool escape(const char **at, char *out)
{
	static const char names[] = "ntr0\\";
	static const char bytes[] = "\n\t\r\0\\";
	const char *found = **at ? strchr(names, **at) : NULL;
	int high, low;

	if (found) {
		*out = bytes[found - names];
		(*at)++;
		return true;
	}
	if (**at != 'x' || (high = hex_of((*at)[1])) < 0 || (low = hex_of((*at)[2])) < 0)
		return false;
	*out = (char)(high * 16 + low);
	*at += 3;
	return true;
}

bool value_escapes(const char *text, char *out, size_t *len)
{
	size_t count = 0;

	while (*text) {
		char c = *text++;

		if (c == '\\' && !escape(&text, &c))
			return false;
		out[count++] = c;
	}
	*len = count;
	return true;
}

int value_choice(const char *text, const char *words)
{
	size_t len = strlen(text);
	int place = 0;

	for (;; place++) {
		size_t word = strcspn(words, "|");

		if (word == len && len && memcmp(words, text, len) == 0)
			return place;
		if (!words[word])
			return -1;
		words += word + 1;
	}
}

static int64_t clock_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / 1000000;
}

int64_t value_now(void)
{
	return clock_ms(CLOCK_REALTIME);
}

int64_t value_ticks(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}
