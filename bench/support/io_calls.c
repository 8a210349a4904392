/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/support/io_calls.h"

#include <dlfcn.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_uint_fast64_t calls;

uint64_t bench_io_calls(void)
{
	return atomic_load_explicit(&calls, memory_order_relaxed);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER
#endif
#endif

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(HAS_SANITIZER)

/* The next function of this name, looked up once (a race looks it up twice). ISO C has no cast from
 * an object pointer to a function: the bytes are copied. */
#define COUNTED(type, name, params, args)                                   \
	type name params;                                                   \
	type name params                                                    \
	{                                                                   \
		static type(*_Atomic next) params;                          \
		type(*fn) params = atomic_load(&next);                      \
                                                                            \
		if (!fn) {                                                  \
			void *found = dlsym(RTLD_NEXT, #name);              \
                                                                            \
			memcpy(&fn, &found, sizeof(fn));                    \
			atomic_store(&next, fn);                            \
		}                                                           \
		atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed); \
		return fn args;                                             \
	}

COUNTED(ssize_t, send, (int fd, const void *p, size_t n, int flags), (fd, p, n, flags))
COUNTED(ssize_t, recv, (int fd, void *p, size_t n, int flags), (fd, p, n, flags))
COUNTED(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), (fd, m, flags))
COUNTED(ssize_t, recvmsg, (int fd, struct msghdr *m, int flags), (fd, m, flags))
COUNTED(ssize_t, read, (int fd, void *p, size_t n), (fd, p, n))
COUNTED(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n))
COUNTED(ssize_t, readv, (int fd, const struct iovec *v, int n), (fd, v, n))
COUNTED(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n))
COUNTED(int, poll, (struct pollfd * p, nfds_t n, int ms), (p, n, ms))
COUNTED(int, epoll_ctl, (int epfd, int op, int fd, struct epoll_event *e), (epfd, op, fd, e))
COUNTED(int, epoll_wait, (int epfd, struct epoll_event *e, int n, int ms), (epfd, e, n, ms))
COUNTED(int, epoll_pwait2,
	(int epfd, struct epoll_event *e, int n, const struct timespec *t, const sigset_t *s),
	(epfd, e, n, t, s))

#endif
