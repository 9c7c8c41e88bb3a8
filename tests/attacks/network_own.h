/* SPDX-License-Identifier: Apache-2.0 */
/* Another network, which belongs to the attack. */
#ifndef ATTACKS_NETWORK_OWN_H
#define ATTACKS_NETWORK_OWN_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include "network.h"

#define LOOPBACK 1 /* its index in every network */

static inline int own_network(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd;

	if (unshare(CLONE_NEWNET))
		return cant("this user may not make a network");
	fd = new_socket(AF_INET, SOCK_DGRAM, 0);
	return code(ioctl(fd, SIOCSIFFLAGS, &request));
}

/* A message of route netlink: TYPE, its fixed part, then attributes of 4 bytes; what the kernel answers. */
struct netlink_attribute {
	uint16_t type;
	uint32_t value;
};
static inline int netlink(int fd, uint16_t type, const void *fixed, size_t size,
			  const struct netlink_attribute attributes[2])
{
	struct {
		struct nlmsghdr head;
		char rest[512];
	} out = {.head = {.nlmsg_type = type,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE}};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[512];
	} answer;
	char *end = out.rest;

	memcpy(end, fixed, size);
	end += NLMSG_ALIGN(size);
	for (int i = 0; i < 2; i++) {
		*(struct nlattr *)end = (struct nlattr){8, attributes[i].type};
		memcpy(end + 4, &attributes[i].value, 4);
		end += 8;
	}
	out.head.nlmsg_len = (uint32_t)(end - (char *)&out);
	if (fd < 0 || send(fd, &out, out.head.nlmsg_len, 0) < 0)
		return errno;
	if (recv(fd, &answer, sizeof(answer), 0) < (ssize_t)(sizeof(answer.head) + sizeof(int)))
		return errno;
	return answer.head.nlmsg_type == NLMSG_ERROR ? -answer.error.error : ENOMSG;
}
static inline int add_address(int fd)
{
	struct ifaddrmsg fixed = {
		.ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = LOOPBACK};
	uint32_t address = htonl(0x0a090807);

	return netlink(fd, RTM_NEWADDR, &fixed, sizeof(fixed),
		       (struct netlink_attribute[]){{IFA_LOCAL, address}, {IFA_ADDRESS, address}});
}
static inline int add_route(int fd)
{
	struct rtmsg fixed = {.rtm_family = AF_INET,
			      .rtm_dst_len = 32,
			      .rtm_table = RT_TABLE_MAIN,
			      .rtm_protocol = RTPROT_STATIC,
			      .rtm_scope = RT_SCOPE_LINK,
			      .rtm_type = RTN_UNICAST};

	return netlink(
		fd, RTM_NEWROUTE, &fixed, sizeof(fixed),
		(struct netlink_attribute[]){{RTA_DST, htonl(0x0a090806)}, {RTA_OIF, LOOPBACK}});
}

#endif
