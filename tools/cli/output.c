/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/output.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/cli/complain.h"
#include "tools/cli/stop.h"
#include "tools/cli/values.h"

enum {
	ENOUGH = 64 * 1024,
	PIECE = 4096, /* PIPE_BUF: a pipe that polls as writable takes so much without blocking */
	GRACE_MS = 1000
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct text waiting; /* mutex */
static bool is_over;        /* mutex: nothing is written any more */
static bool has_failed;     /* mutex */

/* False: it was to stop, and the reader takes nothing. */
static bool wait_for_room(int64_t *grace_until)
{
	struct pollfd out = {STDOUT_FILENO, POLLOUT, 0};
	int64_t left;

	if (stop_wait_for(STDOUT_FILENO, POLLOUT, -1))
		return true;
	if (*grace_until < 0)
		*grace_until = value_ticks() + GRACE_MS;
	left = *grace_until - value_ticks();
	return left > 0 && poll(&out, 1, (int)left) != 0;
}

/* @locks: mutex held */
static void give_up(const char *why)
{
	is_over = true;
	if (why) {
		has_failed = true;
		complain("stdout: %s", why);
	}
	stop_now();
}

static bool is_file(void)
{
	struct stat about;

	return fstat(STDOUT_FILENO, &about) == 0 && S_ISREG(about.st_mode);
}

/* @locks: mutex held */
static bool write_all(const char *data, size_t len)
{
	size_t piece = is_file() ? SIZE_MAX : PIECE;
	int64_t grace_until = -1;

	while (len && !is_over) {
		ssize_t written;

		if (!wait_for_room(&grace_until)) {
			give_up("nobody reads it; the rest is dropped");
			break;
		}
		written = write(STDOUT_FILENO, data, len < piece ? len : piece);
		if (written < 0 && errno != EINTR && errno != EAGAIN)
			give_up(errno == EPIPE ? NULL : strerror(errno));
		if (written <= 0)
			continue;
		data += written;
		len -= (size_t)written;
	}
	return !is_over;
}

/* @locks: mutex held */
static bool flush(void)
{
	bool is_done = write_all(waiting.data, waiting.len);

	text_clear(&waiting);
	return is_done;
}

bool output_add(const void *data, size_t len)
{
	bool is_taken = true;

	pthread_mutex_lock(&mutex);
	text_add(&waiting, data, len);
	if (waiting.is_broken && !is_over)
		give_up("out of memory");
	if (waiting.len >= ENOUGH)
		is_taken = flush();
	is_taken = is_taken && !is_over;
	pthread_mutex_unlock(&mutex);
	return is_taken;
}

bool output_take(struct text *t)
{
	bool is_broken = t->is_broken;
	bool is_taken = !is_broken && output_add(t->data, t->len);

	text_clear(t);
	if (is_broken) {
		complain("out of memory");
		stop_now();
	}
	return is_taken;
}

bool output_flush(void)
{
	bool is_done;

	pthread_mutex_lock(&mutex);
	is_done = flush();
	pthread_mutex_unlock(&mutex);
	return is_done;
}

int output_end(int status)
{
	bool is_bad;

	output_flush();
	pthread_mutex_lock(&mutex);
	is_bad = has_failed;
	text_free(&waiting);
	pthread_mutex_unlock(&mutex);
	return is_bad && status == CLI_OK ? CLI_FAILED : status;
}
