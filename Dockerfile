# One image for migrate, web, worker, beat and watch; the servers it needs come from elsewhere (docker-compose.yml).
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1

# The sealed files live in /data: nobody but the portal reads them.
RUN groupadd --system --gid 10001 portal \
    && useradd --system --uid 10001 --gid portal --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin portal \
    && install --directory --owner portal --group portal --mode 0700 /data

WORKDIR /portal

# Before the code, so that a change of code does not install everything again. Wheels only, each by its hash;
# the embedded servers and the tests stay out.
COPY requirements.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore \
    --only-binary :all: --require-hashes -r requirements.txt

COPY manage.py ./
COPY districts ./districts
COPY notifications ./notifications
COPY cases ./cases
COPY portal ./portal

# Needs no server and no secret; the code and the static files belong to root, so that the portal cannot change them.
RUN python manage.py collectstatic --noinput --verbosity 0

USER portal
ENV PORTAL_DATA=/data \
    PORTAL_HOST=0.0.0.0
VOLUME /data
EXPOSE 8000
CMD ["python", "manage.py", "web"]
