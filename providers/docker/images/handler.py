"""The handler of the kind Image."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from threading import Lock
from typing import Final

from virtwright.errors import CreateFailedError, HostError, Problem, Where
from virtwright.failpoints import reach
from virtwright.providers.base import UNREADABLE, Found, Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Change, Diff, Impact, compare
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.images.check import check
from virtwright.providers.docker.images.credentials import Logins
from virtwright.providers.docker.images.identity import Bearer, Mark, new_id
from virtwright.providers.docker.images.importing import PREFIX, Takeover, outputs
from virtwright.providers.docker.images.listing import HostImage, HostImages
from virtwright.providers.docker.images.references import parse
from virtwright.providers.docker.images.registry import Registry
from virtwright.providers.docker.images.removing import Remover
from virtwright.providers.docker.podman import of_image, refuse_on_podman
from virtwright.schemas.image import Image, ImageOutputs, ImageSource
from virtwright.schemas.values import Properties, has_secret

IMPACTS: Final = {
    "source.archive": Impact.LIVE,
    "source.url": Impact.LIVE,
    "source.build.context": Impact.LIVE,
    "source.build.cache_from": Impact.LIVE,
    "pull": Impact.LIVE,
    "tags": Impact.LIVE,
    "push": Impact.LIVE,
}
"""Where the content comes from and what it is called may change; other content is another image."""
STEP: Final = "docker.image"
_NAMES: Final = ("tags", "push")


class ImageHandler:
    """Images of one Docker host."""

    def __init__(self, connection: DockerConnection) -> None:
        self._images = HostImages(connection)
        self._registry = Registry(connection, Logins(connection.host))
        self._connection = connection
        self._remover = Remover(self._images)
        self._takeover = Takeover(self._images)
        self._removing = Lock()

    def check(self, inputs: Image) -> Image:
        return check(inputs)

    def check_host(self, inputs: Image) -> None:
        refuse_on_podman(self._connection, inputs, of_image)

    def warnings(self, inputs: Properties) -> Iterator[Problem]:
        """A build argument stays readable in the image."""
        source = inputs.get("source")
        build = source.get("build") if isinstance(source, Mapping) else None
        args = build.get("args") if isinstance(build, Mapping) else None
        for name, value in args.items() if isinstance(args, Mapping) else ():
            if has_secret(value):
                yield Problem(
                    f"the build argument {name} is a secret, and can be read in the image's history by whoever has it",
                    Where(path=f"source.build.args.{name}"),
                    "use a secret that is worth nothing outside of the build, or give it to the container instead",
                )

    def diff(self, prior: Image, goal: Image) -> Diff:
        """A new image is made before the old one goes: containers change over in between."""
        asks = {"pull": Impact.LIVE if goal.pull == "missing" else Impact.RECREATE}
        diff = compare(prior, goal, {**IMPACTS, **asks})
        if not any(change.path[0] in _NAMES for change in diff.changes):
            return diff
        pushed = {"reference", "digest"} if goal.push is not False or prior.push is not False else set()
        return replace(diff, unsettles=frozenset({"name", *pushed}))

    def create(self, stamp: Stamp, inputs: Image, context: Context) -> ImageOutputs:
        id = new_id(stamp)
        try:
            mark = self._make(Mark(replace(stamp, inputs_hash=""), id), inputs, context)
            reach(STEP)
            return self._settle(replace(mark, stamp=stamp), inputs, context)
        except BaseException as error:
            self._undo(id, error)
            raise

    def _undo(self, id: str, error: BaseException) -> None:
        """Raises ``CreateFailedError`` where what was made can't be removed again."""
        try:
            self.delete(id, Context())
        except HostError as left:
            message = f"{error}; what was made of it could not be removed: {left.message}"
            raise CreateFailedError(message, id=id, where=left.where, hint=left.hint) from error

    def update(self, id: str, stamp: Stamp, prior: Image, goal: Image, context: Context) -> ImageOutputs:
        """Names it anew and pushes it where that is asked for; its content stays."""
        if id.startswith(PREFIX):
            return self._update_foreign(id, prior, goal, context)
        image, mark = self._present(id)
        self._ask_again(mark, goal, context)
        if goal.source.registry is not None and mark.source not in image.digests and (name := parse(mark.source)):
            self._registry.pull(name, goal.platform, context)
        kept = {str(parse(tag)) for tag in goal.tags}
        for tag in mark.tags:
            if str(parse(tag)) not in kept and image.has(tag):
                self._images.untag(tag, context)
        return self._settle(replace(mark, stamp=stamp, image=image.id), goal, context)

    def delete(self, id: str, context: Context) -> None:
        with self._removing:
            if id.startswith(PREFIX):
                self._takeover.remove(id, context)
            else:
                self._remover.remove(id, context)

    def find(self, names: Collection[str] | None) -> Iterable[Found[Image, ImageOutputs]]:
        return self._takeover.find(names)

    def _update_foreign(self, id: str, prior: Image, goal: Image, context: Context) -> ImageOutputs:
        image = self._takeover.rename(id, prior.tags, goal.tags, context)
        for tag in goal.tags if goal.push else ():
            if (name := parse(tag)) is not None:
                self._registry.push(name, context)
        return outputs(image)

    def observe(self, stack: str) -> Iterable[Observed[Image, ImageOutputs]]:
        for image in self._images.all():
            for bearer in image.bearers():
                mark = bearer.mark or _unreadable(bearer)
                if mark.stamp.stack == stack:
                    yield self._observed(image, mark)

    def _observed(self, image: HostImage, mark: Mark) -> Observed[Image, ImageOutputs]:
        """Of the inputs only what has to do with names can be seen; that the rest was applied says the stamp's hash."""
        source = ImageSource.model_construct(registry=mark.source or image.id)
        tags = [tag for tag in mark.tags if image.has(tag)]
        pushed = mark.pushed and bool(tags)  # without a tag nothing says where to
        inputs = Image.model_construct(_fields_set={"tags", "push"}, source=source, tags=tags, push=pushed)
        drift = (*_unknown_to_registry(image, mark), *self._moved(mark)) if mark.image else ()
        return Observed(mark.stamp, mark.id, inputs, _outputs(image, mark), drift, complete=bool(mark.image))

    def _moved(self, mark: Mark) -> Iterator[Change]:
        """Whether the registry has another image now under the name that is followed. A registry that can't be asked is
        shown, and is no error yet: what does not need it must go on, as a destroy."""
        if (name := parse(mark.follows)) is None:
            return
        had = mark.source.rpartition("@")[2]
        try:
            now = self._registry.digest(name, Context())
        except HostError as error:
            yield Change(("digest",), had, f"not known: {error.message}", Impact.LIVE)
            return
        if had != now:
            yield Change(("digest",), had, now, Impact.RECREATE)

    def _ask_again(self, mark: Mark, goal: Image, context: Context) -> None:
        """Raises the error of a registry that could not be asked, where its answer counts."""
        name = parse(mark.follows)
        if name is None or goal.pull != "always":
            return
        if self._registry.digest(name, context) != mark.source.rpartition("@")[2]:
            raise HostError(f"{name} has moved in its registry meanwhile", hint="apply again")

    def _present(self, id: str) -> tuple[HostImage, Mark]:
        for image, bearer in self._images.bearing(id):
            if bearer.mark is not None and bearer.mark.image:
                return image, bearer.mark
        raise HostError(f"the image {id} is gone", hint="apply again: it will be made anew")

    def _make(self, mark: Mark, inputs: Image, context: Context) -> Mark:
        """Get the image onto the host. What can be named in the call that makes it is named so at once."""
        source = inputs.source
        if source.registry is not None:
            return self._pull(mark, source.registry, inputs, context)
        [name] = mark.names()
        if source.build is not None:
            from virtwright.providers.docker.images.building import Builder

            Builder(self._registry).build(inputs, name, context)
        else:
            from virtwright.providers.docker.images.loading import Loader

            Loader(self._connection).load(inputs, name, context)
        return replace(mark, image=self._need(name, context).id)

    def _pull(self, mark: Mark, text: str, inputs: Image, context: Context) -> Mark:
        """Pulled by its digest, so that no name on the host is moved and none is made but ours."""
        name = parse(text)
        assert name is not None
        here = self._images.find(str(name), context) if inputs.pull == "missing" else None
        if here is None or not self._fits(str(name), inputs.platform):
            exact = name if name.digest is not None else name.at(self._registry.digest(name, context))
            self._registry.pull(exact, inputs.platform, context, shown=str(name))
            here = self._need(str(exact), context)
            digest = exact.digest
        else:
            digest = name.digest or here.digest_in(name.repository)
        reach(STEP)
        return replace(mark, image=here.id, source=str(name.at(digest)) if digest else "")

    def _fits(self, name: str, platform: str | None) -> bool:
        return platform is None or f"{self._images.platform(name)}/".startswith(f"{platform}/")

    def _settle(self, mark: Mark, inputs: Image, context: Context) -> ImageOutputs:
        """Write the whole stamp, then name the image and push it: what was killed in between is seen by its names."""
        registry = inputs.source.registry
        follows = str(parse(registry)) if registry is not None and inputs.pull == "always" else ""
        source = mark.source if registry is not None else ""
        mark = replace(mark, tags=tuple(inputs.tags), follows=follows, source=source, pushed=False)
        mark = self._write(mark, context)
        for tag in inputs.tags:
            self._images.tag(mark.image, tag, context)
        reach(STEP)
        if inputs.push:
            mark = self._write(self._push(mark, context), context)
        return _outputs(self._need(mark.names()[0], context), mark)

    def _push(self, mark: Mark, context: Context) -> Mark:
        names = [name for tag in mark.tags if (name := parse(tag)) is not None]
        pushed = [str(name.at(self._registry.push(name, context))) for name in names]
        reach(STEP)
        return replace(mark, pushed=True, source=mark.source or pushed[0])

    def _write(self, mark: Mark, context: Context) -> Mark:
        """Put the mark on its image, and then take off what it replaces."""
        mark = replace(mark, serial=mark.serial + 1)
        before = [name for _, bearer in self._images.bearing(mark.id) for name in bearer.names]
        names = mark.names()
        for name in reversed(names):
            self._images.tag(mark.image, name, context)
        reach(STEP)
        for name in before:
            if name not in names:
                self._images.untag(name, context)
        return mark

    def _need(self, name: str, context: Context) -> HostImage:
        image = self._images.find(name, context)
        if image is None:
            raise HostError(f"the image {name} was removed meanwhile", hint="apply again")
        return image


def _unreadable(bearer: Bearer) -> Mark:
    """What is left of a stamp that was being written or removed: an image that is not complete."""
    return Mark(Stamp(f"{bearer.urn.project}/{bearer.urn.stack}", str(bearer.urn), UNREADABLE, ""), bearer.id)


def _outputs(image: HostImage, mark: Mark) -> ImageOutputs:
    """A container names the image by what changes with its content and with nothing else."""
    name = next(iter(mark.tags), "") or mark.names()[0]
    digest = mark.source.rpartition("@")[2] or image.id
    return ImageOutputs(id=mark.id, name=name, reference=mark.source or image.id, digest=digest)


def _unknown_to_registry(image: HostImage, mark: Mark) -> Iterator[Change]:
    """A name of a registry goes with the last tag of its repository, whoever removes that. Containers start by it."""
    if mark.source and mark.source not in image.digests:
        yield Change(("digest",), None, mark.source.rpartition("@")[2], Impact.LIVE)
