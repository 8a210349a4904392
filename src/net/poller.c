/* SPDX-License-Identifier: Apache-2.0 */
#include "net/poller.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/mem.h"

enum { AT_ONCE = 64 };

struct rmqi_poller {
	int fd;
	int next;  /* of `ready`: not told yet */
	int count; /* of `ready` */
	struct epoll_event ready[AT_ONCE];
};

enum rmq_error rmqi_poller_new(struct rmqi_poller **out)
{
	struct rmqi_poller *p = rmqi_calloc(1, sizeof(*p));

	if (!p)
		return RMQ_ERR_NO_MEMORY;
	p->fd = epoll_create1(EPOLL_CLOEXEC);
	if (p->fd < 0) {
		rmqi_free(p);
		return RMQ_ERR_SYSTEM;
	}
	*out = p;
	return RMQ_OK;
}

void rmqi_poller_free(struct rmqi_poller *p)
{
	if (!p)
		return;
	close(p->fd);
	rmqi_free(p);
}

static unsigned ready_of(uint32_t events)
{
	unsigned ready = 0;

	if (events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		ready |= RMQI_READABLE;
	if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
		ready |= RMQI_WRITABLE;
	return ready;
}

void rmqi_poller_run(struct rmqi_poller *p, bool may_wait)
{
	p->count = epoll_wait(p->fd, p->ready, AT_ONCE, may_wait ? -1 : 0);
	for (p->next = 0; p->next < p->count;) {
		const struct epoll_event *e = &p->ready[p->next++];
		struct rmqi_watch *w = e->data.ptr;
		/* One that was called before may have changed what this one wants, or stopped it. */
		unsigned ready = w ? ready_of(e->events) & w->wanted : 0;

		if (ready)
			w->fn(w, ready);
	}
	p->count = 0;
}

/* --- Watches ---------------------------------------------------------------------------------- */

void rmqi_watch_init(struct rmqi_watch *w, struct rmqi_poller *p, int fd,
		     void (*fn)(struct rmqi_watch *w, unsigned ready))
{
	*w = (struct rmqi_watch){.poller = p, .fd = fd, .fn = fn};
}

static int control(struct rmqi_watch *w, int operation, unsigned wanted)
{
	struct epoll_event e = {.data.ptr = w};

	if (wanted & RMQI_READABLE)
		e.events |= EPOLLIN;
	if (wanted & RMQI_WRITABLE)
		e.events |= EPOLLOUT;
	return epoll_ctl(w->poller->fd, operation, w->fd, &e) == 0 ? 0 : errno;
}

int rmqi_watch_set(struct rmqi_watch *w, unsigned wanted)
{
	int code;

	if (wanted == w->wanted)
		return 0;
	code = control(w,
		       !wanted     ? EPOLL_CTL_DEL
		       : w->wanted ? EPOLL_CTL_MOD
				   : EPOLL_CTL_ADD,
		       wanted);
	if (code == 0)
		w->wanted = wanted;
	return code;
}

/* Also when nobody else has the descriptor: a copy of it in a child would keep it in the set. */
void rmqi_watch_stop(struct rmqi_watch *w)
{
	struct rmqi_poller *p = w->poller;

	if (!p)
		return;
	if (w->wanted)
		(void)control(w, EPOLL_CTL_DEL, 0);
	for (int i = p->next; i < p->count; i++)
		if (p->ready[i].data.ptr == w)
			p->ready[i].data.ptr = NULL;
	w->poller = NULL;
	w->wanted = 0;
}
