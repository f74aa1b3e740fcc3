"""Invented people for tests of metrics: correlated answers, uneven weights."""

import numpy as np

from anthology.models.statistics import reliability


def some_weights(n, seed=0):
    return np.random.default_rng(seed).lognormal(0, 0.7, n)


def correlated_people(n, items=4, options=5, seed=0, missing=0.03):
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(n, 1)) + rng.normal(size=(n, items))
    answers = np.clip(np.round(latent + 2), 0, options - 1).astype(np.int64)
    answers[rng.random((n, items)) < missing] = -1
    return answers


def certain(answers, options):
    """Probabilities of people who would always answer as they did."""
    rows = np.where(answers[:, :, None] < 0, np.nan, np.eye(options)[answers])
    return [rows[:, j] for j in range(answers.shape[1])]


def alpha(answers):
    return reliability.cronbach_alpha(reliability.pairwise_covariance(answers))
