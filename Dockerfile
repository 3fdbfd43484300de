# Builds one static program and puts it where HAProxy's official image has its own.
FROM golang:1.26 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /out/usr/local/sbin/haproxy ./cmd/sluice && \
    mkdir -p /out/usr/local/etc/haproxy /out/etc /out/var/lib/haproxy /out/tmp && chmod 1777 /out/tmp && \
    ln -s haproxy /out/usr/local/sbin/sluice && mkdir -p /out/usr/local/bin && \
    ln -s ../sbin/haproxy /out/usr/local/bin/docker-entrypoint.sh && \
    printf 'root:x:0:0:root:/:/sbin/nologin\nhaproxy:x:99:99:haproxy:/var/lib/haproxy:/sbin/nologin\n' > /out/etc/passwd && \
    printf 'root:x:0:\nhaproxy:x:99:\n' > /out/etc/group && chown 99:99 /out/var/lib/haproxy

FROM scratch
COPY --from=build /out /
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
ENV PATH=/usr/local/sbin:/usr/local/bin
USER haproxy
WORKDIR /var/lib/haproxy
STOPSIGNAL SIGUSR1
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]
