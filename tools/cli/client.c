/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/complain.h"
#include "tools/cli/stop.h"
#include "tools/cli/terminal.h"
#include "tools/cli/text.h"

enum { FILE_MAX = 1024 * 1024, SECRET_MAX = 64 * 1024, CALL_MS = 15000 };

static const char *name_of_type(const char *key)
{
	const rmq_config_key *row;

	for (size_t i = 0; (row = rmq_config_key_at(i)); i++)
		if (strcmp(rmq_config_key_name(row), key) == 0)
			return rmq_config_key_type(row);
	return "";
}

int client_set(rmq_config *config, const char *key, const char *value)
{
	rmq_error_detail *detail = NULL;
	enum rmq_error err = rmq_config_set(config, key, value, &detail);
	int status = CLI_OK;

	if (err != RMQ_OK)
		status = wrong_usage("%s", cause_of(err, detail));
	rmq_error_detail_free(detail);
	return status;
}

/* --- Files ------------------------------------------------------------------------------------------- */

/* Adds all of it, up to a limit. False: errno. */
static bool read_whole(int fd, size_t limit, struct text *out)
{
	char piece[4096];
	ssize_t got;

	while ((got = read(fd, piece, sizeof(piece))) > 0) {
		text_add(out, piece, (size_t)got);
		if (out->len > limit || out->is_broken) {
			errno = out->is_broken ? ENOMEM : EFBIG;
			break;
		}
	}
	explicit_bzero(piece, sizeof(piece));
	return got == 0;
}

static bool read_file(const char *path, size_t limit, struct text *out)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	bool is_read = fd >= 0 && read_whole(fd, limit, out);
	int problem = errno;

	if (fd >= 0 && !is_stdin)
		close(fd);
	errno = problem;
	return is_read;
}

static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r");
	len = strlen(text);
	while (len && strchr(" \t\r", text[len - 1]))
		text[--len] = '\0';
	return text;
}

/* "key=value"; nothing of a secret is said. */
static int take_line(rmq_config *config, char *line, const char *path, unsigned number,
		     bool has_namesrv)
{
	rmq_error_detail *detail = NULL;
	enum rmq_error err;
	char *value, *key = trim(line);
	int status = CLI_OK;

	if (!key[0] || key[0] == '#')
		return CLI_OK;
	value = strchr(key, '=');
	if (!value)
		return wrong_usage("%s:%u: not key=value", path, number);
	*value++ = '\0';
	key = trim(key);
	if (has_namesrv && strcmp(key, "namesrvAddr") == 0)
		return CLI_OK;
	err = rmq_config_set(config, key, trim(value), &detail);
	if (err != RMQ_OK && strcmp(name_of_type(key), "secret") == 0)
		status = wrong_usage("%s:%u: %s is refused", path, number, key);
	else if (err != RMQ_OK)
		status = wrong_usage("%s:%u: %s", path, number, cause_of(err, detail));
	rmq_error_detail_free(detail);
	return status;
}

static int take_lines(rmq_config *config, struct text *text, const char *path, bool has_namesrv)
{
	char *line, *rest;
	unsigned number = 0;
	int status = CLI_OK;

	text_addc(text, '\0');
	if (text->is_broken) {
		complain("out of memory");
		return CLI_FAILED;
	}
	rest = text->data;
	while (status == CLI_OK && (line = strsep(&rest, "\n")))
		status = take_line(config, line, path, ++number, has_namesrv);
	return status;
}

/* The file that is read without -F; false: none is named. */
static bool usual_file(char *path, size_t size)
{
	const char *named = getenv("RMQ_CLI_CONFIG"), *base = getenv("XDG_CONFIG_HOME"),
		   *home = getenv("HOME");

	if (named && named[0])
		snprintf(path, size, "%s", named);
	else if (base && base[0])
		snprintf(path, size, "%s/rmq-cli.conf", base);
	else if (home && home[0])
		snprintf(path, size, "%s/.config/rmq-cli.conf", home);
	else
		return false;
	return true;
}

/* A file that -F names must be there. That of the environment's NAMESRV_ADDR is nearer than the usual one's. */
static int take_file(const struct args *a, rmq_config *config)
{
	const char *given = args_text(a, OPTION_config_file);
	const char *place = getenv("NAMESRV_ADDR");
	char usual[4096];
	struct text text = {0};
	const char *path = given;
	int status = CLI_OK;

	if (!path && usual_file(usual, sizeof(usual)))
		path = usual;
	if (path && read_file(path, FILE_MAX, &text))
		status = take_lines(config, &text, path, !given && place && place[0]);
	else if (given)
		status = wrong_usage("%s: %s", given, strerror(errno));
	if (text.data)
		explicit_bzero(text.data, text.size);
	text_free(&text);
	return status;
}

/* --- Secrets ------------------------------------------------------------------------------------------ */

static int set_secret(rmq_config *config, const char *key, const char *value, const char *whose)
{
	if (rmq_config_set(config, key, value, NULL) == RMQ_OK)
		return CLI_OK;
	return wrong_usage("what %s holds is no %s", whose, key);
}

/* A line that is typed, and not seen. False: errno. */
static bool read_typed(size_t limit, struct text *out)
{
	char piece[4096];
	ssize_t got = 0;

	if (!terminal_hide_input())
		return read_whole(STDIN_FILENO, limit, out);
	fputs("secret: ", stderr);
	fflush(stderr);
	errno = EINTR;
	if (stop_wait_for(STDIN_FILENO, POLLIN, -1))
		got = read(STDIN_FILENO, piece, sizeof(piece));
	if (got > 0)
		text_add(out, piece, (size_t)got);
	explicit_bzero(piece, sizeof(piece));
	terminal_end();
	fputs("\n", stderr);
	return got > 0;
}

int client_read_secret(const char *option, const char *path, struct text *out)
{
	if (strcmp(path, "-") == 0 ? !read_typed(SECRET_MAX, out) : !read_file(path, SECRET_MAX, out))
		return wrong_usage("%s: %s: %s", option, path, strerror(errno));
	while (out->len && strchr("\r\n", out->data[out->len - 1]))
		out->len--;
	return CLI_OK;
}

static int take_secret_file(rmq_config *config, const char *path)
{
	struct text text = {0};
	int status = client_read_secret("--sk-file", path, &text);

	if (status == CLI_OK)
		status = set_secret(config, "secretKey", text_string(&text), path);
	if (text.data)
		explicit_bzero(text.data, text.size);
	text_free(&text);
	return status;
}

static int take_account(const struct args *a, rmq_config *config)
{
	const char *ak = args_text(a, OPTION_ak), *file = args_text(a, OPTION_sk_file);
	const char *secret = getenv("RMQ_SECRET_KEY"), *token = getenv("RMQ_SECURITY_TOKEN");
	int status = CLI_OK;

	if (!ak)
		ak = getenv("RMQ_ACCESS_KEY");
	if (ak && ak[0])
		status = client_set(config, "accessKey", ak);
	if (status == CLI_OK && file)
		status = take_secret_file(config, file);
	else if (status == CLI_OK && secret && secret[0])
		status = set_secret(config, "secretKey", secret, "RMQ_SECRET_KEY");
	if (status == CLI_OK && token && token[0])
		status = set_secret(config, "securityToken", token, "RMQ_SECURITY_TOKEN");
	return status;
}

/* --- Options ------------------------------------------------------------------------------------------ */

static const struct {
	enum option_id id;
	const char *key;
} keys[] = {
	{OPTION_namesrv, "namesrvAddr"},     {OPTION_instance, "instanceName"},
	{OPTION_namespace, "namespace"},     {OPTION_unit, "unitName"},
	{OPTION_tls_ca, "tlsCaFile"},        {OPTION_tls_cert, "tlsCertFile"},
	{OPTION_tls_key, "tlsKeyFile"},
};

static int take_pair(rmq_config *config, const char *pair)
{
	const char *value = strchr(pair, '=');
	char key[128];

	if (!value)
		return wrong_usage("-X: key=value, list or dump is wanted, not '%s'", pair);
	snprintf(key, sizeof(key), "%.*s", (int)(value - pair), pair);
	if (strcmp(name_of_type(key), "secret") == 0)
		return wrong_usage("-X %s is refused: other users see the arguments of a process. "
				   "Use a file (-F)",
				   key);
	return client_set(config, key, value + 1);
}

static int take_options(const struct args *a, rmq_config *config)
{
	const char *pair;
	size_t at = 0;
	int status = CLI_OK;

	for (size_t i = 0; status == CLI_OK && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (args_has(a, keys[i].id))
			status = client_set(config, keys[i].key, args_text(a, keys[i].id));
	if (status == CLI_OK && (args_has(a, OPTION_tls) || args_has(a, OPTION_tls_ca) ||
				 args_has(a, OPTION_tls_cert) || args_has(a, OPTION_tls_key)))
		status = client_set(config, "useTLS", "true");
	while (status == CLI_OK && (pair = args_next(a, OPTION_config, &at)))
		if (strcmp(pair, "list") != 0 && strcmp(pair, "dump") != 0)
			status = take_pair(config, pair);
	return status;
}

int client_config(const struct args *a, rmq_config **out)
{
	rmq_config *config = rmq_config_new();
	size_t said = args_times(a, OPTION_verbose);
	int status;

	if (!config) {
		complain("out of memory");
		return CLI_FAILED;
	}
	status = take_file(a, config);
	if (status == CLI_OK)
		status = take_account(a, config);
	if (status == CLI_OK)
		status = take_options(a, config);
	if (status != CLI_OK) {
		rmq_config_free(config);
		return status;
	}
	if (said > 1)
		rmq_config_set_log(config, rmq_log_stderr, said > 2 ? RMQ_LOG_DEBUG : RMQ_LOG_INFO, NULL);
	*out = config;
	return CLI_OK;
}

/* --- Events ------------------------------------------------------------------------------------------- */

static void on_event(const rmq_event *event, void *arg)
{
	(void)arg;
	if (rmq_event_kind(event) != RMQ_EVENT_JOINED)
		warn("%s", rmq_event_text(event));
}

void client_tell_events(rmq_config *config, const struct args *a)
{
	if (!args_has(a, OPTION_quiet))
		rmq_config_set_event_fn(config, on_event, NULL);
}

/* --- Administration ------------------------------------------------------------------------------------ */

int admin_open(const struct args *a, struct admin *out)
{
	rmq_error_detail *detail = NULL;
	rmq_config *config;
	enum rmq_error err;
	int status = client_config(a, &config);

	if (status != CLI_OK)
		return status;
	*out = (struct admin){0};
	err = rmq_admin_new(config, &out->admin, &detail);
	rmq_config_free(config);
	if (err != RMQ_OK)
		return complain_of("no client", err, detail);
	out->options = rmq_admin_options_new();
	err = out->options ? rmq_admin_options_set_timeout(
				     out->options, args_duration(a, OPTION_timeout, CALL_MS), &detail)
			   : RMQ_ERR_NO_MEMORY;
	if (err == RMQ_OK)
		return CLI_OK;
	admin_close(out);
	return complain_of("--timeout", err, detail);
}

void admin_close(struct admin *a)
{
	rmq_admin_options_free(a->options);
	rmq_admin_free(a->admin);
	*a = (struct admin){0};
}
