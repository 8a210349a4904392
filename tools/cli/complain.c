/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096 };

static bool is_quiet;

/* Control characters would let a remark of a broker rewrite the terminal. */
static void make_plain(char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 127)
			line[i] = ' ';
}

static void write_line(const char *format, va_list list, const char *behind)
{
	char line[LINE_MAX_BYTES] = "rmq-cli: ";
	size_t len = strlen(line), room = sizeof(line) - len - strlen(behind) - 1;
	int wanted = vsnprintf(line + len, room, format, list);
	ssize_t written;

	if (wanted < 0)
		return;
	len += (size_t)wanted < room ? (size_t)wanted : room - 1;
	make_plain(line, len);
	len += (size_t)snprintf(line + len, sizeof(line) - len, "%s\n", behind);
	written = write(STDERR_FILENO, line, len);
	(void)written; /* nobody is left who could be told */
}

void complain(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	write_line(format, list, "");
	va_end(list);
}

void warn_never(void)
{
	is_quiet = true;
}

void warn(const char *format, ...)
{
	va_list list;

	if (is_quiet)
		return;
	va_start(list, format);
	write_line(format, list, "");
	va_end(list);
}

int wrong_usage(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	write_line(format, list, "\nTry 'rmq-cli --help'.");
	va_end(list);
	return CLI_USAGE;
}

int status_of(enum rmq_error error)
{
	switch (error) {
	case RMQ_OK:
		return CLI_OK;
	case RMQ_ERR_INVALID_ARGUMENT:
	case RMQ_ERR_CONFIG:
	case RMQ_ERR_ADDRESS:
	case RMQ_ERR_NO_NAMESRV:
		return CLI_USAGE;
	case RMQ_ERR_DENIED:
		return CLI_DENIED;
	case RMQ_ERR_RESOLVE:
	case RMQ_ERR_CONNECT:
	case RMQ_ERR_CONNECTION_LOST:
	case RMQ_ERR_TLS:
	case RMQ_ERR_TIMEOUT:
	case RMQ_ERR_NO_BROKER:
		return CLI_UNREACHABLE;
	default:
		return CLI_FAILED;
	}
}

const char *cause_of(enum rmq_error error, const rmq_error_detail *detail)
{
	const char *sentence = detail ? rmq_error_detail_message(detail) : "";

	return sentence[0] ? sentence : rmq_error_text(error);
}

int complain_of(const char *what, enum rmq_error error, rmq_error_detail *detail)
{
	if (error == RMQ_ERR_NO_NAMESRV)
		complain("no name server is given: use -n HOST:PORT or NAMESRV_ADDR");
	else
		complain("%s: %s", what, cause_of(error, detail));
	rmq_error_detail_free(detail);
	return status_of(error);
}
