/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE_SIZE = 1024 }; /* with the NUL */

/* Bytes of the UTF-8 sequence that begins so. */
static size_t sequence_size(unsigned char lead)
{
	return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
}

/* Drops a UTF-8 sequence that the end of the line tore apart. */
static void mend_end(char *line, size_t len)
{
	size_t at = len - 1;

	while (at > 0 && ((unsigned char)line[at] & 0xc0) == 0x80)
		at--;
	if (len - at < sequence_size((unsigned char)line[at]))
		line[at] = '\0';
}

/* Texts of peers may hold line ends; a log line may not. */
static void join_lines(char *line)
{
	while ((line = strpbrk(line, "\r\n")) != NULL)
		*line = ' ';
}

void rmqi_log_write(const struct rmqi_log *log, enum rmq_log_level level, const char *format, ...)
{
	char line[LINE_SIZE];
	va_list args;
	int len;

	if (!log || !log->fn || level > log->level)
		return;
	va_start(args, format);
	len = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (len < 0)
		return;
	if ((size_t)len >= sizeof(line))
		mend_end(line, sizeof(line) - 1);
	join_lines(line);
	log->fn(level, line, log->arg);
}
