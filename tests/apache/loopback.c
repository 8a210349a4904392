/* A preloaded bind() that keeps a test server on the loopback interface.
 *
 * Apache RocketMQ 4.9 has no setting for the address that it listens on, and the replication port of every release listens
 * on all of them. A test must not open ports to the network, so the scripts of this folder preload this into the JVM: a
 * listening socket for "any address" is bound to 127.0.0.1 (or to RMQ_BIND_ADDRESS, an IPv4 address). Everything else goes
 * through untouched. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

typedef int bind_fn(int, const struct sockaddr *, socklen_t);

static struct in_addr wanted_address(void)
{
	struct in_addr address = {.s_addr = htonl(INADDR_LOOPBACK)};
	const char *text = getenv("RMQ_BIND_ADDRESS");
	if (text)
		(void)inet_pton(AF_INET, text, &address);
	return address;
}

int bind(int fd, const struct sockaddr *address, socklen_t size)
{
	bind_fn *next;
	*(void **)&next = dlsym(RTLD_NEXT, "bind");

	if (address->sa_family == AF_INET && size >= sizeof(struct sockaddr_in)) {
		struct sockaddr_in in4;
		memcpy(&in4, address, sizeof in4);
		if (in4.sin_port != 0 && in4.sin_addr.s_addr == htonl(INADDR_ANY)) {
			in4.sin_addr = wanted_address();
			return next(fd, (const struct sockaddr *)&in4, sizeof in4);
		}
	} else if (address->sa_family == AF_INET6 && size >= sizeof(struct sockaddr_in6)) {
		struct sockaddr_in6 in6;
		memcpy(&in6, address, sizeof in6);
		if (in6.sin6_port != 0 && IN6_IS_ADDR_UNSPECIFIED(&in6.sin6_addr)) {
			struct in_addr in4 = wanted_address();
			memset(&in6.sin6_addr, 0, sizeof in6.sin6_addr);
			memset(&in6.sin6_addr.s6_addr[10], 0xff, 2);
			memcpy(&in6.sin6_addr.s6_addr[12], &in4, sizeof in4);
			return next(fd, (const struct sockaddr *)&in6, sizeof in6);
		}
	}
	return next(fd, address, size);
}
