// SPDX-License-Identifier: GPL-2.0-or-later
// The terminal, in full: the one place that knows ncurses.
#pragma once

#include <memory>

#include "result.hpp"
#include "top_view.hpp"

class Screen {
  public:
    /// Is there a terminal?
    static mprox::Status check();

    /// Takes the terminal of the standard streams until the end of the object.
    static mprox::Result<Screen> open();

    [[nodiscard]] Room room() const;
    void draw(const std::vector<Line> &lines);

    /// The next one that was pressed, without waiting; nothing: none is left. What has no
    /// meaning, and another size of the terminal, is Key::none.
    std::optional<Key> key();

  private:
    struct End {
        void operator()(void *screen) const;
    };
    explicit Screen(void *screen) : screen_(screen) {}

    std::unique_ptr<void, End> screen_;
};
